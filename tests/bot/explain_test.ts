import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { stage } from "./bot_process.ts";

type Stage = Awaited<ReturnType<typeof stage>>;

/** Adds a device of each kind that is not polled. */
function addOthers({ sandbox, account, bot, credential, sensor }: Stage) {
  const snmp = sandbox.addBot({ name: "walker", protocol: "snmp", account });
  const login = sandbox.addCredential(account, { protocol: "snmp" });
  const load = sandbox.addSensor(account, { protocol: "snmp", defaultInterval: 60 });
  const stranger = sandbox.addBot({ name: "second", protocol: "named" });
  const push = sandbox.addSensor(account, {
    name: "push",
    protocol: "named",
    defaultInterval: null,
  });
  const named = { credential, bot, sensors: [sensor] };
  return {
    off: sandbox.addEntity(account, {
      name: "off",
      protocols: { snmp: { credential: login, bot: snmp, sensors: [load] } },
    }),
    bare: sandbox.addEntity(account, { name: "bare" }),
    foreign: sandbox.addEntity(account, {
      name: "foreign",
      protocols: { named: { ...named, bot: stranger } },
    }),
    senseless: sandbox.addEntity(account, {
      name: "senseless",
      protocols: { named: { ...named, sensors: [] } },
    }),
    idle: sandbox.addEntity(account, {
      name: "idle",
      protocols: { named: { ...named, sensors: [push, { sensor, interval: 0 }] } },
    }),
    port: sandbox.addEntity(account, { name: "port", entityType: "interface" }),
    odd: sandbox.addEntity(account, {
      name: "odd",
      entityType: "interface",
      protocols: { named },
    }),
  };
}

Deno.test("runBot --explain prints why each device is polled or not, and sends nothing", async () => {
  await using it = await stage("kitchen");
  const { off, bare, foreign, senseless, idle, odd } = addOthers(it);
  const { code, stdout, stderr } = await it.start(["--explain"], it.env).end();
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assertMatch(lines[0]!, /^Bot ".*" \(id \d+\) polls named$/);
  const account = `Account ${JSON.stringify(it.account.name)} (id ${it.account.id}): `;
  const summary = lines.find((line) => line.startsWith(account));
  assert(summary !== undefined, stdout);
  for (
    const part of [
      "1 device polled",
      "2 protocol off",
      "1 of another bot",
      "1 without sensor",
      "1 without interval",
      "1 not a device",
    ]
  ) assertStringIncludes(summary, part);
  for (
    const line of [
      `    off (id ${off.id}): named is off, snmp on`,
      `    bare (id ${bare.id}): named is off`,
      `    foreign (id ${foreign.id}): it belongs to another bot (id `,
      ', "second"',
      `    senseless (id ${senseless.id}): it has no sensor for named`,
      `    idle (id ${idle.id}): none of its sensors has a valid interval`,
      `      the sensor "push" (id `,
      "has an interval of 0 s for its sensor",
      `    odd (id ${odd.id}): it is of type "interface", not "device"`,
      "  protocol off (turn it on for this bot: deno task setup --device NAME, or the device's page in Grafolean):",
    ]
  ) assertStringIncludes(stdout, line);
  assert(!stdout.includes("port"), stdout);
  assertMatch(
    stdout,
    /\n {4}kitchen \(id \d+\): job kitchen, every 1 s; next at [\d:, -]+\n/,
  );
  assertEquals(it.sandbox.requests.entries.filter(({ method }) => method !== "GET"), []);
});

Deno.test("runBot --explain DEVICE is about the devices of this name or id", async () => {
  await using it = await stage("kitchen", "attic", "attic");
  const { port } = addOthers(it);
  const asked = it.start(["--explain", "attic"], it.env);
  const byId = it.start(["--explain", `${port.id}`], it.env);
  const json = it.start(["--explain", "foreign", "--device", "kitchen", "--json"], it.env);
  const typo = it.start(["--explain", "kitchn"], it.env);
  {
    const { code, stdout } = await asked.end();
    assertEquals(code, 0);
    assertEquals(stdout.match(/attic \(id \d+\): /g)?.length, 2, stdout);
    assert(!/kitchen|foreign/.test(stdout), stdout);
    // Both devices want the job "attic".
    assertStringIncludes(stdout, 'A second job "attic" is left out: give each job an id');
    assertStringIncludes(stdout, "without job");
  }
  assertStringIncludes((await byId.end()).stdout, 'it is of type "interface", not "device"');
  {
    const { code, stdout } = await json.end();
    assertEquals(code, 0);
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(({ kind }) => kind), ["bot", "account", "device", "device"]);
    const [, , foreign, kitchen] = lines;
    assertEquals([foreign.name, foreign.polled, foreign.reason], [
      "foreign",
      false,
      "of another bot",
    ]);
    assertEquals([kitchen.name, kitchen.polled, kitchen.jobs[0].intervals], ["kitchen", true, [1]]);
  }
  const { code, stdout, stderr } = await typo.end();
  assertEquals([code, stdout.split("\n").length], [2, 3]);
  assertMatch(stderr, /ERROR No such device "kitchn": did you mean "kitchen"\?\n$/);
});

Deno.test("runBot --explain names missing permissions and accounts that cannot be read", async () => {
  await using it = await stage("kitchen");
  const { sandbox, account, bot } = it;
  sandbox.revoke(bot);
  const none = await it.start(["--explain"], it.env).end();
  assertEquals(none.code, 0);
  assertStringIncludes(none.stdout, "This bot cannot see any account: grant it GET on accounts/N");
  const one = await it.start(["--explain", "kitchen"], it.env).end();
  assertStringIncludes(one.stdout, "This bot cannot see any account: grant it GET on accounts/N");
  assertMatch(
    one.stderr,
    /ERROR Cannot find the device "kitchen" in the accounts that the bot can read\n$/,
  );
  sandbox.grant(bot, [
    { prefix: `accounts/${account.id}/entities`, methods: ["GET"] },
    { prefix: `accounts/${account.id}/credentials`, methods: ["GET"] },
    { prefix: `accounts/${account.id}/values`, methods: ["POST"] },
  ]);
  const some = await it.start(["--explain", "kitchen"], it.env).end();
  assertEquals(some.code, 2);
  assertStringIncludes(
    some.stdout,
    `this bot may not GET accounts/${account.id}/sensors: grant this bot GET on accounts/${account.id}/sensors`,
  );
  assertStringIncludes(
    some.stdout,
    `  Missing permissions, which deno task setup adds: GET on accounts/${account.id}/sensors, PUT on accounts/${account.id}/values\n`,
  );
});

Deno.test("runBot --explain fails if Grafolean cannot be asked", async () => {
  await using it = await stage();
  it.sandbox.faults.add({
    status: 500,
    when: ({ path }) => path.endsWith("/accounts"),
  });
  const { code, stdout, stderr } = await it.start(["--explain"], it.env).end();
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, "answered 500");
});

Deno.test("runBot --device limits --once and --dry-run", async () => {
  await using it = await stage("kitchen", "attic", "cellar");
  addOthers(it);
  const once = it.start(["--once", "--device", "attic"], it.env);
  const dry = it.start(["--dry-run", "--device=kitchen", "--device", "cellar"], it.env);
  const typo = it.start(["--once", "--device", "celar"], it.env);
  const off = it.start(["--once", "--device", "off"], it.env);
  assertEquals((await once.end()).code, 0);
  assertEquals(it.sandbox.values(it.account).map(({ p }) => p), ["attic"]);
  const { stdout } = await dry.end();
  assertEquals(stdout.trim().split("\n").slice(1).map((row) => row.split(/ +/)[1]), [
    "cellar",
    "kitchen",
  ]);
  const unknown = await typo.end();
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, 'No such device "celar": did you mean "cellar"?');
  const unpolled = await off.end();
  assertEquals(unpolled.code, 2);
  assertMatch(
    unpolled.stderr,
    / ERROR "off" \(id \d+, account \d+\) is not polled: named is off, snmp on\n$/,
  );
  assert(!unpolled.stderr.includes("No jobs to run"), unpolled.stderr);
});
