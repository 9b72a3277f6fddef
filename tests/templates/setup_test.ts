// That the setup.ts of each template creates what its bot can use, and charts that show what the bot sends.

import type { BotClass, CollectorOptions } from "@grafolean/collector";
import type { SetupDefinition } from "@grafolean/collector/setup";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { createSocket } from "node:dgram";
import { mock } from "node:test";
import { HttpBot } from "../../templates/http/bot.ts";
import { SETUP as HTTP } from "../../templates/http/setup.ts";
import { NetflowBot } from "../../templates/netflow/bot.ts";
import { SETUP as NETFLOW } from "../../templates/netflow/setup.ts";
import { v5 } from "../../templates/netflow/testing/packet_builder.ts";
import { PingBot } from "../../templates/ping/bot.ts";
import type { PingRequest } from "../../templates/ping/pinger.ts";
import { SETUP as PING } from "../../templates/ping/setup.ts";
import { SnmpBot } from "../../templates/snmp/bot.ts";
import { SETUP as SNMP } from "../../templates/snmp/setup.ts";
import { TestDevice } from "../../templates/snmp/testing/device.ts";
import { CA_CERT, SERVER_CERT, SERVER_KEY } from "../grafolean/certificates.ts";
import { listenHttps } from "../grafolean/listeners.ts";
import { type Json, PASSWORD, stage } from "../setup/setup_kit.ts";
import { until } from "../until.ts";

interface Result {
  /** The credentials and sensors that were created, besides those of a new account. */
  readonly created: readonly string[];
  /** The warnings and errors of the bot. */
  readonly problems: readonly string[];
  /** The path filters in charts that match no value. */
  readonly emptySeries: readonly string[];
  /** The names of all entities. */
  readonly entities: readonly string[];
}

/**
 * Runs the setup of a template in a new account, which runs the bot once, and then once more.
 *
 * @param detail What is entered for the device, as `name=value`.
 */
async function setUp(
  Bot: BotClass,
  definition: SetupDefinition,
  detail: string,
): Promise<Result> {
  await using grafolean = await stage([]);
  const { sandbox, url, call, run } = grafolean;
  const account = sandbox.addAccount({ name: "Home", defaults: true });
  const path = `/accounts/${account.id}`;
  const namesOf = async (list: string): Promise<string[]> =>
    (await call("GET", `${path}/${list}`)).list.map(({ name }: Json) => name);
  const before = [...await namesOf("credentials"), ...await namesOf("sensors")];
  const problems: string[] = [];
  const sink: CollectorOptions["logSink"] = ({ level, message }) => {
    if (level === "warn" || level === "error") problems.push(message);
  };
  const args = ["--device", "first device", "--detail", detail];
  const { code, out, err } = await run(args, { BotClass: Bot, definition, sink });
  assertEquals([code, err], [0, ""], out);
  // A bot that is not polled is not run by the setup.
  if (!out.includes("The first value of")) {
    const [, token = ""] = /^BOT_TOKEN=(\S+)/m.exec(await Deno.readTextFile(grafolean.envFile)) ??
      [];
    await using bot = new Bot(url, token, 120, { logSink: sink });
    await bot.runOnce();
  }

  const { widgets } = await call("GET", `${path}/dashboards/${definition.name}`);
  const filters: string[] = widgets.flatMap(({ content }: Json) => {
    const { series_groups, ...list } = JSON.parse(content);
    return (series_groups ?? [list]).map((series: Json) => series.path_filter);
  });
  const emptySeries: string[] = [];
  for (const filter of filters) {
    const { paths } = await call("GET", `${path}/paths?filter=${encodeURIComponent(filter)}`);
    if (Object.keys(paths).length === 0) emptySeries.push(filter);
  }
  const again = await run(args, { BotClass: Bot, definition, lines: [PASSWORD] });
  assertEquals(again.code, 0, again.err);
  assertStringIncludes(again.out, "Nothing was missing");
  const created = [...await namesOf("credentials"), ...await namesOf("sensors")]
    .filter((name) => !before.includes(name));
  return { created, problems, emptySeries, entities: (await namesOf("entities")).sort() };
}

Deno.test("PingBot fills all charts of its setup", async () => {
  class TestedBot extends PingBot {
    constructor(...[url, token, interval, options]: ConstructorParameters<typeof PingBot>) {
      // Every packet is answered, however busy this machine is.
      const ping = ({ packets }: PingRequest) => Promise.resolve(Array(packets).fill(0.001));
      super(url, token, interval, { ...options, pinger: { ping } });
    }
  }
  const result = await setUp(TestedBot, PING, "ipv4=127.0.0.1");
  const entities = ["first device"];
  assertEquals(result, { created: [], problems: [], emptySeries: [], entities });
});

Deno.test("SnmpBot fills all charts of its setup, and may write interfaces", async () => {
  using device = await TestDevice.start([
    { index: 2, name: "eth0", speed: 1_000_000_000, bytesIn: 5000 },
  ]);
  class TestedBot extends SnmpBot {
    constructor(...[url, token, interval, options]: ConstructorParameters<typeof SnmpBot>) {
      super(url, token, interval, { ...options, counterPause: 0.01 });
    }
  }
  const result = await setUp(TestedBot, SNMP, `ipv4=${device.address}`);
  const entities = ["eth0", "first device"];
  assertEquals(result, { created: [], problems: [], emptySeries: [], entities });
});

Deno.test("NetflowBot fills all charts of its setup, and may add exporters", async () => {
  // Elsewhere this machine has the first one only.
  const senders = ["127.0.0.1", "127.0.0.2"].slice(0, Deno.build.os === "linux" ? 2 : 1);
  const settings = {
    hostname: "127.0.0.1",
    port: 0,
    stateFile: "",
    memoryBytes: 64_000_000,
    suggest: true,
    scaleSampled: true,
  };
  class TestedBot extends NetflowBot {
    constructor(...[url, token, interval, options]: ConstructorParameters<typeof NetflowBot>) {
      // In place of the minute for which it listens.
      const delay = async () => {
        for (const sender of senders) await sendFlow(sender, this.port!);
        await until(() => this.counts?.packets === senders.length);
        mock.timers.tick(61_000);
      };
      super(url, token, interval, { ...options, settings, delay });
    }
  }
  mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const result = await setUp(TestedBot, NETFLOW, "ipv4=127.0.0.1")
    .finally(() => mock.timers.reset());
  assertEquals({ ...result, problems: [] }, {
    created: [],
    problems: [],
    emptySeries: [],
    entities: ["127.0.0.2 (NetFlow exporter)", "first device"].slice(-senders.length),
  });
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
  globalThis.fetch = (input, init) => fetch(input, { client, ...init });
  try {
    const result = await setUp(HttpBot, HTTP, `url=https://127.0.0.1:${page.port}/`);
    const created = ["http credential", "web page"];
    const entities = ["first device"];
    assertEquals(result, { created, problems: [], emptySeries: [], entities });
  } finally {
    globalThis.fetch = fetch;
  }
});
