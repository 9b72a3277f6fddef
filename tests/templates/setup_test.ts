// That the bot of each template runs with what its setup.ts creates, and that its charts show what the bot sends.

import type { BotClass, CollectorOptions } from "@grafolean/collector";
import type { SetupDefinition, SetupField } from "@grafolean/collector/setup";
import { Sandbox } from "@grafolean/collector/testing";
import { assert, assertEquals } from "@std/assert";
import { createSocket } from "node:dgram";
import { mock } from "node:test";
import { HttpBot } from "../../templates/http/bot.ts";
import { SETUP as HTTP } from "../../templates/http/setup.ts";
import { NetflowBot, type NetflowBotOptions } from "../../templates/netflow/bot.ts";
import { SETUP as NETFLOW } from "../../templates/netflow/setup.ts";
import { v5 } from "../../templates/netflow/testing/packet_builder.ts";
import { PingBot } from "../../templates/ping/bot.ts";
import { SETUP as PING } from "../../templates/ping/setup.ts";
import { SnmpBot, type SnmpBotOptions } from "../../templates/snmp/bot.ts";
import { SETUP as SNMP } from "../../templates/snmp/setup.ts";
import { TestDevice } from "../../templates/snmp/testing/device.ts";
import { CA_CERT, SERVER_CERT, SERVER_KEY } from "../grafolean/certificates.ts";
import { listenHttps } from "../grafolean/listeners.ts";
import { until } from "../until.ts";

interface Result {
  /** The warnings and errors of the bot. */
  readonly problems: readonly string[];
  /** The charts without a value, as "title: path". */
  readonly emptyCharts: readonly string[];
  /** The paths of the stored values. */
  readonly paths: readonly string[];
  /** The names of all entities. */
  readonly entities: readonly string[];
}

/** Runs a bot once against a Grafolean in memory that has what the setup creates with all defaults. */
async function runWith<Options extends CollectorOptions>(
  Bot: BotClass<Options>,
  setup: SetupDefinition,
  device: Readonly<Record<string, string>>,
  more: Omit<Options, keyof CollectorOptions>,
): Promise<Result> {
  const { protocol } = setup;
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol, account });
  const reader = sandbox.addBot({ protocol: null, account, permissions: "all" });
  sandbox.grant(
    bot,
    (setup.permissions ?? []).map(({ resource, methods }) => ({
      prefix: `accounts/${account.id}/${resource}`,
      methods,
    })),
  );
  const credential = sandbox.addCredential(account, {
    protocol,
    details: entered(setup.credential ?? []),
  });
  const sensors = setup.sensors.map(({ name, interval, details = {} }) =>
    sandbox.addSensor(account, { name, protocol, defaultInterval: interval, details })
  );
  const { id } = sandbox.addEntity(account, {
    name: "first device",
    details: entered(setup.device, device),
    protocols: { [protocol]: { credential, bot, sensors } },
  });
  const problems: string[] = [];
  await using collector = new Bot("http://sandbox/api", bot.token, 120, {
    fetch: sandbox.fetch,
    logSink: ({ level, message }) => {
      if (level === "warn" || level === "error") problems.push(message);
    },
    ...more,
  } as Options);
  await collector.runOnce();

  const paths = sandbox.values(account).map(({ p }) => p);
  const charts = setup.charts({ device: id, sensors: sensors.map((sensor) => sensor.id) });
  const emptyCharts = charts.flatMap(({ title, series }) =>
    series.filter(({ path }) => !paths.some((each) => pattern(path).test(each)))
      .map(({ path }) => `${title}: ${path}`)
  );
  const url = `http://sandbox/api/accounts/${account.id}/entities?b=${reader.token}`;
  const { list } = await (await sandbox.fetch(url)).json();
  return { problems, emptyCharts, paths, entities: list.map(({ name }: { name: string }) => name) };
}

/** The details with what is given, and the defaults. */
function entered(
  fields: readonly SetupField[],
  given: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, default: defaultValue }) => {
    const value = given[name] ?? defaultValue;
    assert(value !== undefined, `${name} has no default`);
    return [name, value];
  }));
}

/** A path filter of Grafolean as a pattern. */
function pattern(filter: string): RegExp {
  const segments = filter.split(".").map((segment) => {
    if (segment === "?") return "[^.]+";
    if (segment === "*") return ".+";
    assert(/^[\w-]+$/.test(segment), `Grafolean refuses the filter ${filter}`);
    return segment;
  });
  return new RegExp(`^${segments.join("\\.")}$`);
}

/** Whether this machine has a `ping` that may be used. */
async function canPing(): Promise<boolean> {
  try {
    const args = ["-c", "1", "127.0.0.1"];
    const command = new Deno.Command("ping", { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "PingBot fills all charts of its setup (needs ping)",
  ignore: !await canPing(),
  fn: async () => {
    const { problems, emptyCharts } = await runWith(PingBot, PING, { ipv4: "127.0.0.1" }, {});
    assertEquals({ problems, emptyCharts }, { problems: [], emptyCharts: [] });
  },
});

Deno.test("SnmpBot fills all charts of its setup, and may write interfaces", async () => {
  using device = await TestDevice.start([
    { index: 2, name: "eth0", speed: 1_000_000_000, bytesIn: 5000 },
  ]);
  const more: SnmpBotOptions = { counterPause: 0.01 };
  const result = await runWith(SnmpBot, SNMP, { ipv4: device.address }, more);
  const { problems, emptyCharts, entities } = result;
  assertEquals(problems, []);
  assertEquals(emptyCharts, []);
  assertEquals(entities.toSorted(), ["eth0", "first device"]);
});

Deno.test("NetflowBot fills all charts of its setup, and may add exporters", async () => {
  const settings = {
    hostname: "127.0.0.1",
    port: 0,
    stateFile: "",
    memoryBytes: 64_000_000,
    suggest: true,
    scaleSampled: true,
  };
  let bot: NetflowBot | undefined;
  class TestedBot extends NetflowBot {
    constructor(...args: ConstructorParameters<typeof NetflowBot>) {
      super(...args);
      bot = this;
    }
  }
  // Elsewhere this machine has the first one only.
  const senders = ["127.0.0.1", "127.0.0.2"].slice(0, Deno.build.os === "linux" ? 2 : 1);
  // In place of the minute for which it listens.
  const delay = async () => {
    for (const sender of senders) await sendFlow(sender, bot!.port!);
    await until(() => bot?.counts?.packets === senders.length);
    mock.timers.setTime(Date.now() + 61_000);
  };
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const more: NetflowBotOptions = { settings, delay };
  const result = await runWith(TestedBot, NETFLOW, { ipv4: "127.0.0.1" }, more)
    .finally(() => mock.timers.reset());
  assertEquals(result.emptyCharts, []);
  assertEquals(
    result.entities.toSorted(),
    ["127.0.0.2 (NetFlow exporter)", "first device"].slice(-senders.length),
  );
  assertEquals(result.problems.filter((problem) => !problem.includes("127.0.0.2")), []);
});

/** Sends a packet with a flow from a local address. */
async function sendFlow(sender: string, port: number): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise<void>((bound) => socket.bind(0, sender, bound));
  const packet = v5({ sequence: 0 }, {
    source: "10.0.0.1",
    destination: "10.9.0.1",
    bytes: 1000,
    packets: 1,
    protocol: 6, // TCP
    sourcePort: 40_000,
    destinationPort: 443,
    input: 1,
    output: 2,
  });
  await new Promise((sent) => socket.send(packet, port, "127.0.0.1", sent));
  await new Promise<void>((closed) => socket.close(closed));
}

Deno.test("HttpBot fills all charts of its setup", async () => {
  await using page = await listenHttps(SERVER_CERT, SERVER_KEY, (_request, response) => {
    response.end("hello");
  });
  // Deno reads further certificates only at its start.
  const { fetch } = globalThis;
  using client = Deno.createHttpClient({ caCerts: [CA_CERT] });
  globalThis.fetch = (input, init) => fetch(input, { ...init, client });
  try {
    const url = `https://127.0.0.1:${page.port}/`;
    const { problems, emptyCharts, paths } = await runWith(HttpBot, HTTP, { url }, {});
    assertEquals({ problems, emptyCharts }, { problems: [], emptyCharts: [] });
    assert(paths.some((path) => path.endsWith(".status")));
  } finally {
    globalThis.fetch = fetch;
  }
});
