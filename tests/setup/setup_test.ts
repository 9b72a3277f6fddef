import type { SetupDefinition } from "@grafolean/collector/setup";
import type { EntityInfo, Job } from "@grafolean/collector";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/dotenv/parse";
import { ConfigError } from "../../src/util/errors.ts";
import {
  BrokenBot,
  DEFINITION,
  type Json,
  PASSWORD,
  PROTOCOL,
  stage,
  ThermoBot,
} from "./setup_kit.ts";

Deno.test("setup creates what a bot needs and shows its first value", async () => {
  await using staged = await stage();
  const { run, snapshot, sandbox, accounts: [account], envFile, url, requests } = staged;
  const { code, out, err } = await run();
  assertEquals([code, err], [0, ""]);
  const sent = requests();
  const { bots, credentials, sensors, entities, ...others } = await snapshot();

  const bot = bots.list[0];
  assertEquals([bots.list.length, bot.name, bot.protocol], [1, "thermo-bot", PROTOCOL]);
  const ofProtocol = (item: { protocol: string }) => item.protocol === PROTOCOL;
  const [credential] = credentials.list.filter(ofProtocol);
  assertEquals(credential.details, { user: "", key: "" });
  const own = sensors.list.filter(ofProtocol);
  const device = entities.list[0];
  assertEquals([device.name, device.entity_type, device.details], [
    "device 1",
    "device",
    { ipv4: "127.0.0.1" },
  ]);
  const { [PROTOCOL]: polling } = device.protocols;
  assertEquals([polling.bot, polling.credential], [bot.id, credential.id]);
  assertEquals(polling.sensors.length, 2);

  const permissions = others[`bots/${bot.id}/permissions`].list;
  assertEquals(
    permissions.map(({ resource_prefix, methods }: Record<string, unknown>) => [
      resource_prefix,
      methods,
    ]).sort(),
    [
      [`accounts/${account}/credentials`, ["GET"]],
      [`accounts/${account}/entities`, ["GET"]],
      [`accounts/${account}/sensors`, ["GET"]],
      [`accounts/${account}/values`, ["POST", "PUT"]],
    ],
  );
  const { widgets } = others["dashboards/thermo-bot"];
  assertEquals(widgets.map(({ title }: { title: string }) => title).sort(), [
    "device 1 humidity",
    "device 1 temperature",
  ]);
  const [temperature] = own.filter(({ name }: { name: string }) => name === "temperature");
  const chart = widgets.find(({ title }: { title: string }) => title.endsWith("temperature"));
  assertEquals([chart.type, chart.p], ["chart", "default"]);
  assertEquals(JSON.parse(chart.content), {
    chart_type: "line",
    series_groups: [{
      path_filter: `entity.${device.id}.${PROTOCOL}.${temperature.id}`,
      renaming: "Temperature",
      expression: "$1",
      unit: "°C",
    }],
  });

  assertEquals(parse(await Deno.readTextFile(envFile)), {
    BACKEND_URL: url,
    BOT_TOKEN: others[`bots/${bot.id}/token`].token,
  });
  assertEquals(sandbox.values(account!).length, 2);
  assertMatch(out, new RegExp(`: 42 at entity\\.${device.id}\\.`));
  assertStringIncludes(
    out,
    `${url.replace("/api", "")}/accounts/${account}/dashboards/view/thermo-bot`,
  );
  assertEquals(sent.filter((line) => line === "POST /auth/login").length, 1);
});

Deno.test("setup changes nothing the second time, and says so", async () => {
  await using staged = await stage();
  const { run, snapshot, requests, envFile } = staged;
  await run();
  const before = JSON.stringify(await snapshot());
  const env = await Deno.readTextFile(envFile);
  requests();
  const { code, out, err } = await run();
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(out, "Nothing was missing");
  assertStringIncludes(out, "42 at entity.");
  assertEquals(out.includes("created"), false);
  assertEquals(requests().filter((line) => !line.startsWith("GET ")), [
    "POST /auth/login",
    "POST /accounts/N/getvalues",
  ]);
  assertEquals(JSON.stringify(await snapshot()), before);
  assertEquals(await Deno.readTextFile(envFile), env);
});

Deno.test("setup makes a list of a chart with top, once", async () => {
  await using staged = await stage();
  const { run, snapshot } = staged;
  const definition: SetupDefinition = {
    ...DEFINITION,
    charts: (ids) => DEFINITION.charts(ids).map((chart) => ({ ...chart, top: 10 })),
  };
  for (const created of [true, false]) {
    const { code, out } = await run(undefined, { definition });
    assertEquals([code, out.includes("created  chart")], [0, created]);
  }
  const { widgets } = (await snapshot())["dashboards/thermo-bot"];
  const { nentries, path_filter } = JSON.parse(widgets[0].content);
  assertEquals([widgets.length, widgets[0].type, nentries], [2, "topn", 10]);
  assertMatch(path_filter, /^entity\./);
});

Deno.test("setup goes on with what is missing", async () => {
  await using staged = await stage();
  const { run, snapshot, call, accounts: [account], envFile } = staged;
  await run();
  const root = `/accounts/${account}`;
  const first = await snapshot();
  const bot = first.bots.list[0];
  const device = first.entities.list[0];
  const permission = first[`bots/${bot.id}/permissions`].list
    .find((each: Json) => each.resource_prefix.endsWith("/credentials"));
  const [widget] = first["dashboards/thermo-bot"].widgets;
  const [sensor] = device.protocols[PROTOCOL].sensors;
  const put = { name: device.name, entity_type: device.entity_type, details: device.details };
  const rows: [what: string, remove: () => Promise<unknown>, line: RegExp][] = [
    [
      "permission",
      () => call("DELETE", `${root}/bots/${bot.id}/permissions/${permission.id}`),
      /GET credentials/,
    ],
    ["token", () => Deno.writeTextFile(envFile, ""), /\.env/],
    ["chart", () => call("DELETE", `${root}/dashboards/thermo-bot/widgets/${widget.id}`), /chart/],
    ["dashboard", () => call("DELETE", `${root}/dashboards/thermo-bot`), /dashboard/],
    ["protocol", () => call("PUT", `${root}/entities/${device.id}`, put), /device "device 1"/],
    ["sensors of the device", () =>
      call("PUT", `${root}/entities/${device.id}`, {
        ...put,
        protocols: { [PROTOCOL]: { ...device.protocols[PROTOCOL], sensors: [] } },
      }), /device "device 1"/],
    [
      "credential",
      () => call("DELETE", `${root}/credentials/${device.protocols[PROTOCOL].credential}`),
      /credential/,
    ],
    ["sensor", () => call("DELETE", `${root}/sensors/${sensor.sensor}`), /sensor/],
    ["device", () => call("DELETE", `${root}/entities/${device.id}`), /device "device 1"/],
  ];
  for (const [what, remove, line] of rows) {
    await remove();
    const { code, out, err } = await run();
    assertEquals([code, err], [0, ""], `${what}\n${out}`);
    const changed = out.split("\n").filter((each) => /^(created|changed) /.test(each));
    assert(changed.length > 0 && line.test(changed.join("\n")), `${what}\n${out}`);
    const again = await run();
    assertStringIncludes(again.out, "Nothing was missing", what);
    const { bots } = await snapshot();
    assertEquals(bots.list.map(({ id }: { id: number }) => id), [bot.id], what);
  }
});

Deno.test("setup creates nothing in a dry run", async () => {
  await using staged = await stage();
  const { run, snapshot, requests, envFile } = staged;
  const before = JSON.stringify(await snapshot());
  const { code, out, err } = await run(["--dry-run"]);
  assertEquals([code, err], [0, ""]);
  assertEquals(requests().filter((line) => !line.startsWith("GET ")), ["POST /auth/login"]);
  assertEquals(JSON.stringify(await snapshot()), before);
  assertEquals(await Deno.readTextFile(envFile).catch(() => undefined), undefined);
  for (
    const what of [
      'bot "thermo-bot"',
      "permission of the bot: POST, PUT values",
      ".env: BACKEND_URL and BOT_TOKEN",
      'credential "thermo credential"',
      'sensor "temperature"',
      'device "device 1"',
      'dashboard "thermo-bot"',
      'chart "device 1 humidity"',
    ]
  ) assertStringIncludes(out, `would create ${what}`.replace("create .env", "change .env"));
  await run();
  assertStringIncludes((await run(["--dry-run"])).out, "Nothing is missing");
});

Deno.test("setup sets the interval of a sensor, and says what it was", async () => {
  await using staged = await stage();
  const { run, snapshot } = staged;
  const { out } = await run(["--interval", "humidity=30"]);
  assertStringIncludes(out, 'created  sensor "humidity" (every 30 s)');
  const second = await run(["--interval", "humidity=600", "--interval", "temperature=60"]);
  assertStringIncludes(second.out, 'changed  sensor "humidity": every 10 min (before: every 30 s)');
  assertStringIncludes(second.out, 'exists   sensor "temperature" (every 60 s)');
  const { sensors } = await snapshot();
  const humidity = sensors.list.find(({ name }: { name: string }) => name === "humidity");
  assertEquals([humidity.default_interval, humidity.details, humidity.protocol], [
    600,
    { what: "humidity" },
    PROTOCOL,
  ]);
  const { code, err } = await run(["--interval", "wind=5"]);
  assertEquals(code, 2);
  assertStringIncludes(err, 'There is no sensor "wind": expected one of "temperature", "humidity"');
});

Deno.test("setup explains why no value arrives", async () => {
  await using staged = await stage();
  const { run } = staged;
  const { code, out } = await run([], { BotClass: BrokenBot });
  assertEquals(code, 1);
  assertStringIncludes(out, 'The bot has sent no value of "device 1"');
  assertStringIncludes(out, "the thermometer does not answer");
  assertStringIncludes(out, "dashboards/view/thermo-bot");
  class BotWithoutProgram extends BrokenBot {
    override onStart(): Promise<void> {
      return Promise.reject(new ConfigError(["Cannot find fping: install it"]));
    }
  }
  const unready = await run([], { BotClass: BotWithoutProgram });
  assertStringIncludes(unready.out, 'no value of "device 1": Cannot find fping: install it. Once');
});

Deno.test("setup does not say that all is well if the first value comes with a problem", async () => {
  class DoubtfulBot extends ThermoBot {
    override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
      for await (const job of super.jobs()) {
        yield {
          ...job,
          async performJob(...args): Promise<void> {
            await job.performJob(...args);
            throw new Error("the thermometer does not answer");
          },
        };
      }
    }
  }
  await using staged = await stage();
  const { code, out } = await staged.run([], { BotClass: DoubtfulBot });
  assertEquals(code, 0);
  assertStringIncludes(
    out,
    'polling "device 1" had a problem (see above); its first value is 42 at',
  );
  assertEquals(out.includes("has arrived"), false);
});

Deno.test("setup says to start a bot that does not poll, and does not wait for its data", async () => {
  await using staged = await stage();
  const { run, sandbox } = staged;
  const sensors = DEFINITION.sensors.map((sensor) => ({ ...sensor, interval: null }));
  const { code, out } = await run([], { definition: { ...DEFINITION, sensors } });
  assertEquals(code, 0);
  assertStringIncludes(out, "deno task start");
  assertEquals(sandbox.countValues(), 0);
});

Deno.test("setup takes secrets from standard input only", async () => {
  await using staged = await stage();
  const { run, snapshot } = staged;
  const { out, err } = await run(["--detail", "user=reader"], { lines: [PASSWORD, "k3y k3y"] });
  const { credentials } = await snapshot();
  const { details } = credentials.list.find((each: { protocol: string }) =>
    each.protocol === PROTOCOL
  );
  assertEquals(details, { user: "reader", key: "k3y k3y" });
  for (const secret of [PASSWORD, "k3y k3y"]) assertEquals((out + err).includes(secret), false);
});
