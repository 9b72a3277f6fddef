// What docs/migrating.md says of this side.

import { Collector, type EntityInfo, type Job } from "@grafolean/collector";
import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { findTemplate } from "../../src/scaffold/templates.ts";
import { denoOk, generate, ROOT, tempDir } from "../scaffold/project_kit.ts";
import { codeBlocks } from "./markdown.ts";

Deno.test("docs/migrating.md ports a bot that works where devices share a sensor", async () => {
  const markdown = await Deno.readTextFile(join(ROOT, "docs", "migrating.md"));
  const file = "thermo_bot.ts";
  const block = codeBlocks(markdown).find((block) => block.file === file);
  await using temp = await tempDir();
  await generate(temp.path, { template: findTemplate("minimal")!, name: "thermo" });
  await Deno.writeTextFile(join(temp.path, file), block!.text);

  const thermometer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("21.5"),
  );
  const { sandbox, account, bot, addDevice } = accountWithBots("thermo");
  const details = { ipv4: `127.0.0.1:${thermometer.addr.port}` };
  const devices = ["kitchen", "cellar"].map((name) => addDevice(bot, { name, details }));
  const server = await sandbox.listen();
  try {
    await denoOk(
      temp.path,
      ["run", "--no-prompt", "--allow-net", "--allow-env", file, "--once"],
      { BACKEND_URL: server.url, BOT_TOKEN: bot.token },
    );
  } finally {
    await server.close();
    await thermometer.shutdown();
  }
  assertEquals(
    new Map(sandbox.values(account).map(({ p, text }) => [p, text])),
    new Map(devices.map(({ id }) => [`entity.${id}.thermo.temperature`, "21.5"])),
  );
});

Deno.test("Collector shares the devices of an account with a second bot of the protocol", async () => {
  const { sandbox, account, bot, addDevice } = accountWithBots("ping");
  const second = sandbox.addBot({ protocol: "ping", account });
  const { authorization } = sandbox.addPerson();
  const { id } = addDevice(bot, { name: "router", details: { ipv4: "10.0.0.1" } });
  addDevice(second, { name: "switch" });
  addDevice(null, { name: "without bot" });
  const devicesOf = async (token: string) => {
    const collector = new DevicesBot("http://sandbox/api", token, 120, { fetch: sandbox.fetch });
    return (await Array.fromAsync(collector.jobs())).map(({ name }) => name).sort();
  };
  assertEquals(await devicesOf(bot.token), ["router", "without bot"]);
  assertEquals(await devicesOf(second.token), ["switch", "without bot"]);

  // As the page says: GET, then PUT without the id and with the other bot.
  const url = `http://sandbox/api/accounts/${account.id}/entities/${id}`;
  const headers = { authorization };
  const { id: _, ...entity } = await (await sandbox.fetch(url, { headers })).json();
  entity.protocols.ping.bot = second.id;
  const body = JSON.stringify(entity);
  const { status } = await sandbox.fetch(url, { method: "PUT", headers, body });
  assertEquals(status, 204);
  assertEquals(await devicesOf(bot.token), ["without bot"]);
  assertEquals(await devicesOf(second.token), ["router", "switch", "without bot"]);
});

class DevicesBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
    for await (const device of this.fetchJobConfigs("ping")) {
      const { entityId, name } = device;
      yield { jobId: `${entityId}`, name, intervals: [60], performJob() {}, jobParams: device };
    }
  }
}

/** An account with a bot, and devices that share a credential and a sensor. */
function accountWithBots(protocol: string) {
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol, account });
  const credential = sandbox.addCredential(account, { protocol });
  const sensor = sandbox.addSensor(account, { protocol, defaultInterval: 60 });
  const addDevice = (
    of: typeof bot | null,
    options: { readonly name: string; readonly details?: Record<string, unknown> },
  ) =>
    sandbox.addEntity(account, {
      ...options,
      protocols: { [protocol]: { credential, bot: of, sensors: [sensor] } },
    });
  return { sandbox, account, bot, addDevice };
}
