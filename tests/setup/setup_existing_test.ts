// What a setup does with that which is there already: bots, devices, sensors.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { SetupIds } from "../../src/setup/definition.ts";
import {
  DEFINITION,
  type Json,
  PASSWORD,
  promptWith,
  PROTOCOL,
  type Stage,
  stage,
} from "./setup_kit.ts";

/** Adds a device with sensors of these names, and returns their ids. */
function addDevice(
  { sandbox, accounts: [account] }: Stage,
  bot: number | null,
  name: string,
  sensorNames: readonly string[],
): { readonly id: number; readonly sensors: readonly number[] } {
  const credential = sandbox.addCredential(account!, { protocol: PROTOCOL });
  const sensors = sensorNames.map((each) =>
    sandbox.addSensor(account!, { protocol: PROTOCOL, name: each, details: { mine: each } }).id
  );
  const settings = {
    credential: credential.id,
    bot,
    sensors: sensors.map((sensor) => ({ sensor, interval: 60 })),
  };
  const { id } = sandbox.addEntity(account!, {
    name,
    details: { ipv4: "10.0.0.1" },
    protocols: { [PROTOCOL]: settings as Json },
  });
  return { id, sensors };
}

const written = (out: string): string[] =>
  out.split("\n").filter((line) => /^(created|changed) /.test(line));

Deno.test("setup charts the sensors that people chose for a device, and creates no other", async () => {
  const rows: [sensors: string[], charts: string[]][] = [
    // Of a bot with one kind of sensor, any is of this kind.
    [["temperature"], ['chart "kitchen temperature"']],
    [["temperature", "humidity"], []],
  ];
  for (const [declared, charts] of rows) {
    await using staged = await stage();
    const { run, sandbox, accounts: [account], snapshot, call } = staged;
    const bot = sandbox.addBot({ protocol: PROTOCOL, account: account!, name: "thermo-bot" });
    const { id, sensors: [sensor] } = addDevice(staged, bot.id, "kitchen", ["my own"]);
    const before = await snapshot();
    const definition = {
      ...DEFINITION,
      sensors: DEFINITION.sensors.filter(({ name }) => declared.includes(name)),
      charts: (ids: SetupIds) => DEFINITION.charts(ids).slice(0, declared.length),
    };
    const { code, out, err } = await run([], { definition });
    assertEquals([code, err], [0, ""], out);
    assertStringIncludes(
      out,
      `The first value of "kitchen" has arrived: 42 at entity.${id}.${PROTOCOL}.${sensor}`,
    );
    assertEquals(
      written(out).filter((line) => line.includes("chart")),
      charts.map((chart) => `created  ${chart}`),
    );
    const after = await snapshot();
    for (const list of ["sensors", "entities", "credentials"]) {
      assertEquals(after[list], before[list]);
    }
    const { widgets } = await call("GET", `/accounts/${account}/dashboards/thermo-bot`);
    assertEquals(
      widgets.map(({ content }: Json) => JSON.parse(content).series_groups[0].path_filter),
      charts.map(() => `entity.${id}.${PROTOCOL}.${sensor}`),
    );
    assertStringIncludes((await run([], { definition })).out, "Nothing was missing");
  }
});

Deno.test("setup adds a sensor that was declared later to the device", async () => {
  await using staged = await stage();
  const { run, snapshot } = staged;
  const [temperature] = DEFINITION.sensors;
  const charts = (ids: SetupIds) => DEFINITION.charts(ids).slice(0, 1);
  await run([], { definition: { ...DEFINITION, sensors: [temperature!], charts } });
  const { out } = await run();
  assertEquals(written(out), [
    'created  sensor "humidity" (every 5 min)',
    'changed  device "device 1", which now has: sensor "humidity"',
    'created  chart "device 1 humidity"',
  ]);
  const { entities } = await snapshot();
  assertEquals(entities.list[0].protocols[PROTOCOL].sensors.length, 2);
});

Deno.test("setup creates no sensor for a device that Grafolean refuses to change", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account], snapshot } = staged;
  const home = account!;
  const bot = sandbox.addBot({ protocol: PROTOCOL, account: home, name: "thermo-bot" });
  const other = sandbox.addBot({ protocol: "other", account: home });
  const sensor = sandbox.addSensor(home, { protocol: PROTOCOL, name: "temperature" });
  const credential = (protocol: string) => sandbox.addCredential(home, { protocol });
  sandbox.addEntity(home, {
    name: "router",
    protocols: {
      [PROTOCOL]: { credential: credential(PROTOCOL), bot, sensors: [{ sensor, interval: 60 }] },
      other: { credential: credential("other"), bot: other, sensors: [] },
    },
  });
  sandbox.removeBot(other);
  const before = await snapshot();
  const { code, out, err } = await run();
  assertEquals([code, err], [0, ""], out);
  assertStringIncludes(out, 'note     the device "router" stays without the sensor "humidity"');
  const after = await snapshot();
  assertEquals([after.sensors, after.entities], [before.sensors, before.entities]);
});

Deno.test("setup takes the devices whose bot was deleted", async () => {
  await using staged = await stage();
  const { run, call, snapshot, accounts: [account] } = staged;
  await run();
  const { bots: { list: [{ id }] } } = await snapshot();
  await call("DELETE", `/accounts/${account}/bots/${id}`);
  const { code, out, err } = await run();
  assertEquals([code, err], [0, ""], out);
  assertStringIncludes(out, 'changed  device "device 1", which now has: bot "thermo-bot"');
  const { entities: { list }, bots } = await snapshot();
  assertEquals(list.length, 1);
  assertEquals(list[0].protocols[PROTOCOL].bot, bots.list[0].id);
  assertEquals(list[0].protocols[PROTOCOL].sensors.length, 2);
});

Deno.test("setup shows the device that has charts, and polls no other", async () => {
  await using staged = await stage();
  const { run, sandbox, snapshot, accounts: [account] } = staged;
  const { id: bot } = sandbox.addBot({ protocol: PROTOCOL, account: account!, name: "thermo-bot" });
  const added = [1, 2, 3].map((n) => addDevice(staged, bot, `room ${n}`, [`sensor ${n}`]).id);
  const [temperature] = DEFINITION.sensors;
  const charts = (ids: SetupIds) => DEFINITION.charts(ids).slice(0, 1);
  const definition = { ...DEFINITION, sensors: [temperature!], charts };
  assertEquals((await run(["--device", "room 2"], { definition })).code, 0);
  const before = JSON.stringify(await snapshot());
  const { out } = await run([], { definition });
  assertStringIncludes(out, 'exists   device "room 2"');
  assertStringIncludes(out, "Nothing was missing");
  assertEquals(JSON.stringify(await snapshot()), before);
  const paths = sandbox.values(account!).map(({ p }) => p.split(".")[1]);
  assertEquals(paths, [`${added[1]}`]);
});

Deno.test("setup names a new device so that it is not taken for another", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account] } = staged;
  sandbox.addEntity(account!, { name: "device 1" });
  const { out } = await run(["--detail", "ipv4=10.0.0.9"]);
  assertStringIncludes(out, 'created  device "device 2" with the protocol "thermo"');
});

Deno.test("setup refuses what is not a device", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account], snapshot } = staged;
  const { id } = sandbox.addEntity(account!, { name: "cellar", entityType: "rack" });
  const before = JSON.stringify(await snapshot());
  for (const device of ["cellar", `${id}`]) {
    const { code, err } = await run(["--device", device]);
    assertEquals(code, 1);
    assertStringIncludes(err, '"cellar" is not a device, as its type is "rack"');
  }
  assertEquals(JSON.stringify(await snapshot()), before);
});

Deno.test("setup refuses options that would not be used", async () => {
  await using staged = await stage();
  const { run, snapshot } = staged;
  const args = ["--device", "kitchen", "--detail", "ipv4=10.0.0.1", "--detail", "user=ann"];
  assertEquals((await run(args)).code, 0);
  assertStringIncludes((await run(args)).out, "Nothing was missing");
  const before = JSON.stringify(await snapshot());
  const rows: [args: string[], text: string][] = [
    [["--detail", "ipv4=10.0.0.2"], '--detail ipv4 is not used, as the device "kitchen"'],
    [["--detail", "user=bob"], "--detail user is not used"],
    [["--credential", "other"], "--credential is not used"],
  ];
  for (const [more, text] of rows) {
    const { code, err } = await run(more);
    assertEquals(code, 2);
    assertStringIncludes(err, text);
  }
  assertEquals(JSON.stringify(await snapshot()), before);
});

Deno.test("setup changes the details of a device that the command line names", async () => {
  await using staged = await stage();
  const { run, accounts: [account], call } = staged;
  await run(["--device", "kitchen", "--detail", "ipv4=10.0.0.1"]);
  const args = ["--device", "kitchen", "--detail", "ipv4=10.0.0.2"];
  const { code, out } = await run(args);
  assertEquals(code, 0);
  assertEquals(written(out), ['changed  device "kitchen", which now has: ipv4']);
  const { list: [kitchen] } = await call("GET", `/accounts/${account}/entities`);
  assertEquals(kitchen.details, { ipv4: "10.0.0.2" });
  assertEquals(Object.keys(kitchen.protocols), [PROTOCOL]);
  assertStringIncludes((await run(args)).out, "Nothing was missing");
});

Deno.test("setup checks the token in .env before it creates an account", async () => {
  await using staged = await stage();
  const { run, requests } = staged;
  await run();
  requests();
  for (const dryRun of [["--dry-run"], []]) {
    const { code, err } = await run(["--create-account", "Work", ...dryRun]);
    assertEquals(code, 1);
    assertStringIncludes(err, "remove BOT_TOKEN from .env");
    assertEquals(requests().filter((line) => !line.startsWith("GET ")), ["POST /auth/login"]);
  }
});

Deno.test("setup makes a second bot for a trial, and keeps to it", async () => {
  await using staged = await stage();
  const { run, envFile, snapshot } = staged;
  await run();
  const other = { envFile: `${envFile}.trial` };
  const first = await run(["--bot", "trial"], other);
  assertEquals([first.code, first.err], [0, ""]);
  assertStringIncludes(first.out, 'created  bot "trial"');
  assertStringIncludes(first.out, 'created  device "device 2"');
  const before = JSON.stringify(await snapshot());
  for (const args of [[], ["--bot", "trial"]]) {
    assertStringIncludes((await run(args, other)).out, "Nothing was missing");
  }
  assertEquals(JSON.stringify(await snapshot()), before);
  const mixed = await run(["--bot", "thermo-bot"], other);
  assertStringIncludes(mixed.err, 'BOT_TOKEN is the token of the bot "trial"');
});

Deno.test("setup adds the protocol to a device and keeps all else", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account], snapshot } = staged;
  const bot = sandbox.addBot({ protocol: "other", account: account! });
  const credential = sandbox.addCredential(account!, { protocol: "other" });
  const sensor = sandbox.addSensor(account!, { protocol: "other" });
  const protocols = { other: { credential, bot, sensors: [{ sensor, interval: 7 }] } };
  sandbox.addEntity(account!, {
    name: "router",
    details: { note: "mine", rack: 7 },
    protocols,
  });
  const { entities: { list: [before] } } = await snapshot();
  const { code, out } = await run(["--device", "router"]);
  assertEquals(code, 0);
  assertStringIncludes(
    out,
    'changed  device "router", which now has: protocol "thermo", ipv4',
  );
  const { entities: { list: [after] } } = await snapshot();
  // What the bot needs is added.
  assertEquals(after.details, { note: "mine", rack: 7, ipv4: "127.0.0.1" });
  assertEquals(
    { ...after, details: before.details, protocols: { other: after.protocols.other } },
    before,
  );
  assertEquals(after.protocols[PROTOCOL].sensors.length, 2);
});

Deno.test("setup does not touch a device that it cannot send back", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account], snapshot } = staged;
  const credential = sandbox.addCredential(account!, { protocol: "other" });
  const bot = sandbox.addBot({ protocol: "other", account: account! });
  sandbox.addEntity(account!, {
    name: "router",
    protocols: { other: { credential, bot, sensors: [] } },
  });
  sandbox.removeBot(bot);
  const before = JSON.stringify(await snapshot());
  const { code, err } = await run(["--device", "router"]);
  assertEquals(code, 1);
  assertStringIncludes(err, 'The device "router" has no bot for the protocol "other"');
  assertEquals(JSON.stringify(await snapshot()), before);
});

Deno.test("setup does not take a device from another bot", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account] } = staged;
  await run();
  const other = sandbox.addBot({ protocol: PROTOCOL, account: account! });
  const credential = sandbox.addCredential(account!, { protocol: PROTOCOL });
  const sensor = sandbox.addSensor(account!, { protocol: PROTOCOL });
  const add = (name: string) =>
    sandbox.addEntity(account!, {
      name,
      protocols: { [PROTOCOL]: { credential, bot: other, sensors: [sensor] } },
    }).id;
  add("taken");
  const { code, err } = await run(["--device", "taken"]);
  assertEquals(code, 1);
  assertStringIncludes(err, `The device "taken" is polled by another bot (id ${other.id})`);
  const ids = [add("twin"), add("twin")];
  const twins = await run(["--device", "twin"]);
  for (const id of ids) assertStringIncludes(twins.err, `"twin" (id ${id})`);
  const { id: systemwide } = sandbox.addBot({ protocol: PROTOCOL, name: "stock" });
  addDevice(staged, systemwide, "shared", ["s"]);
  const shared = await run(["--device", "shared"]);
  assertStringIncludes(
    shared.err,
    `is polled by the systemwide bot "stock" (id ${systemwide}): set`,
  );
  const no = await run(["--device", "taken"], { prompt: promptWith(PASSWORD, "n") });
  assertEquals([no.code, no.out.includes("changed")], [1, false]);
  const yes = await run(["--device", "taken"], { prompt: promptWith(PASSWORD, "y") });
  assertStringIncludes(yes.out, 'changed  device "taken", which now has: bot "thermo-bot"');
});

Deno.test("setup does not guess between several bots", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account], snapshot } = staged;
  const add = (name: string) => sandbox.addBot({ name, protocol: PROTOCOL, account: account! });
  const first = add("a");
  const second = add("b");
  const { code, err } = await run();
  assertEquals(code, 1);
  for (const { id } of [first, second]) assertStringIncludes(err, `(id ${id})`);
  assertStringIncludes(err, "choose one by its id with --bot");
  assertEquals((await run(["--bot", `${second.id}`])).code, 0);
  const { entities } = await snapshot();
  assertEquals(entities.list[0].protocols[PROTOCOL].bot, second.id);
});

Deno.test("setup uses the bot that has its name among several of the protocol", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account] } = staged;
  sandbox.addBot({ name: "other", protocol: PROTOCOL, account: account! });
  const { id } = sandbox.addBot({ name: "thermo-bot", protocol: PROTOCOL, account: account! });
  assertEquals((await run()).code, 0);
  assertEquals(sandbox.values(account!).length > 0, true);
  const { entities } = await staged.snapshot();
  assertEquals(entities.list[0].protocols[PROTOCOL].bot, id);
});

Deno.test("setup uses a systemwide bot if its token is there", async () => {
  await using staged = await stage();
  const { run, sandbox, envFile, snapshot } = staged;
  const { token, id } = sandbox.addBot({ protocol: PROTOCOL });
  await Deno.writeTextFile(envFile, `BOT_TOKEN=${token}\n`);
  const { code, err, out } = await run();
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(out, "exists   permissions of the bot");
  const { bots, entities } = await snapshot();
  assertEquals([bots.list, entities.list[0].protocols[PROTOCOL].bot], [[], id]);
});
