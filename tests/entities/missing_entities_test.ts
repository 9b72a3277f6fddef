import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  MissingEntities,
  type MissingEntitiesOptions,
} from "../../src/entities/missing_entities.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { listEntities } from "../../src/grafolean/entities.ts";
import { type Grants, Sandbox } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";

/** A Grafolean with one device, and a bot that finds others. */
function kit(options: MissingEntitiesOptions & { grants?: Grants } = {}) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const { grants = "all", ...others } = options;
  const bot = sandbox.addBot({ protocol: "netflow", account, permissions: grants });
  sandbox.addEntity(account, { name: "router", details: { ipv4: "10.0.0.1" } });
  const client = new GrafoleanClient("http://sandbox/api", bot.token, {
    fetch: sandbox.fetch,
    maxAttempts: 1,
  });
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message) };
  const missing = new MissingEntities(client, { log, ...others });
  const add = (...addresses: string[]) =>
    missing.add(account.id, {
      entityType: "device",
      key: "ipv4",
      entities: addresses.map((ipv4) => ({ name: `${ipv4} (found)`, details: { ipv4 } })),
    });
  const reader = new GrafoleanClient(
    "http://sandbox/api",
    sandbox.addBot({ protocol: null, account, permissions: "all" }).token,
    { fetch: sandbox.fetch },
  );
  const names = async () =>
    (await listEntities(reader, account.id)).items.map(({ name }) => name).sort();
  const writes = () => sandbox.requests.entries.filter(({ method }) => method !== "GET").length;
  return { sandbox, account, missing, add, names, writes, warnings };
}

Deno.test("MissingEntities creates only what is missing", async () => {
  const { add, names, sandbox, account } = kit();
  assertEquals(await add("10.0.0.1", "10.0.0.2", "10.0.0.2"), {
    created: ["10.0.0.2 (found)"],
    forbidden: false,
  });
  assertEquals(await add("10.0.0.1", "10.0.0.2"), { created: [], forbidden: false });
  assertEquals(await names(), ["10.0.0.2 (found)", "router"]);
  sandbox.addEntity(account, {
    name: "an interface",
    entityType: "interface",
    details: { ipv4: "10.0.0.3" },
  });
  assertEquals((await add("10.0.0.3")).created, ["10.0.0.3 (found)"]);
});

Deno.test("MissingEntities creates one entity for concurrent calls", async () => {
  const { add, names } = kit();
  await Promise.all([add("10.0.0.2"), add("10.0.0.2")]);
  assertEquals(await names(), ["10.0.0.2 (found)", "router"]);
});

Deno.test("MissingEntities sends no request if nothing was found", async () => {
  const { add, sandbox } = kit();
  assertEquals(await add(), { created: [], forbidden: false });
  assertEquals(sandbox.requests.entries.length, 0);
});

Deno.test("MissingEntities logs once what to grant, pauses, and retries", async () => {
  let now = 0;
  const { add, sandbox, warnings, names } = kit({ grants: "ui", now: () => now });
  assertEquals(await add("10.0.0.2"), { created: [], forbidden: true });
  const requests = sandbox.requests.entries.length;
  assertEquals(await add("10.0.0.2"), { created: [], forbidden: true });
  assertEquals(sandbox.requests.entries.length, requests);
  now = 900_000;
  assertEquals(await add("10.0.0.2"), { created: [], forbidden: true });
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0]!, /POST on accounts\/\d+\/entities/);
  assertEquals(await names(), ["router"]);
});

Deno.test("MissingEntities writes nothing in a dry run", async () => {
  const { add, writes } = kit({ dryRun: true });
  assertEquals(await add("10.0.0.2"), { created: [], forbidden: false });
  assertEquals(writes(), 0);
});

Deno.test("MissingEntities throws if the backend fails or an entity lacks its key", async () => {
  const { sandbox, account, missing, add } = kit();
  const found = { entityType: "device", key: "ipv4", entities: [{ name: "x", details: {} }] };
  await assertRejects(() => missing.add(account.id, found), TypeError, `no detail "ipv4"`);
  sandbox.stopDatabase();
  await assertRejects(() => add("10.0.0.2"), GrafoleanError);
});
