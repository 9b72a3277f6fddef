import { denoCommand } from "../harness/processes.ts";
import type { Suite, Variant } from "../harness/suite.ts";

const NET = "--allow-net=127.0.0.1";
// Downloaded when the variant imports it.
const INFLUXDB_PACKAGE = "npm:@influxdata/influxdb-client@1.35.0";
const INFLUXDB = "influxdb-client";
const IN_MEMORY = "this library, in memory";
const IN_FILE = "this library, with a file";

function variant(name: string, way: string, flags: string[] = [], npmPackage = "none"): Variant {
  return { name, command: denoCommand("variants/delivery.ts", [NET, ...flags], way, npmPackage) };
}

/** Delivery beside others. */
export const delivery: Suite = {
  name: "delivery",
  title: "Cost of delivery",
  about: "Values of one account, from the first call until all are delivered, in requests of at " +
    "most 500, to a server in another process that only answers 204. Bare `fetch` sends one " +
    "request after the other and keeps nothing. The WriteApi of " +
    `\`${INFLUXDB_PACKAGE}\` ` +
    "sends many at once, and loses what it cannot send. This library keeps what is not " +
    "delivered: in memory, or in a file, which is synced to disk before `sendResults` resolves. " +
    "RSS includes the values.",
  headings: ["values", "sent by"],
  cases: [
    { name: "300,000, 1,000 in each call", args: ["300000", "1000"], seconds: 2 },
    {
      name: "1,000,000 in one call",
      args: ["1000000", "1000000"],
      seconds: 5,
      variants: [IN_MEMORY, IN_FILE],
    },
  ],
  quickArgs: ["10000", "1000"],
  variants: [
    variant("bare `fetch`", "fetch"),
    // It looks at the environment for proxies.
    variant(INFLUXDB, "influxdb", ["--allow-env"], INFLUXDB_PACKAGE),
    variant(IN_MEMORY, "memory"),
    variant(IN_FILE, "file", ["--allow-read", "--allow-write"]),
  ],
  figures: [
    { key: "valuesPerSecond", title: "values/s", ratio: true },
    { key: "cpu", title: "CPU", unit: "s", ratio: true },
    { key: "held", title: "event loop held", unit: "ms" },
    { key: "rss", title: "peak RSS", unit: "MB" },
  ],
  reference: INFLUXDB,
  server: denoCommand("servers/delivery.ts", [NET]),
};
