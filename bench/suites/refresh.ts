import { denoCommand } from "../harness/run_variant.ts";
import { startProcess } from "../harness/start_process.ts";
import type { Case, Suite, Variant } from "../harness/suite.ts";

const SCRIPT = import.meta.resolve("../variants/refresh.ts");
const SANDBOX = import.meta.resolve("../devices_sandbox.ts");
const SENSORS = 5;
const SECONDS_PER_REQUEST = 0.03;
const NET = "--allow-net=127.0.0.1";

function sized(devices: number, secondsPerRequest: number, seconds: number): Case {
  const cost = secondsPerRequest > 0 ? `, ${secondsPerRequest * 1000} ms a request` : "";
  return {
    name: `${devices.toLocaleString("en")}${cost}`,
    args: [`${devices}`, `${secondsPerRequest}`],
    seconds,
  };
}

function variant(name: string, key: string): Variant {
  return {
    name,
    command: ({ case: { args: [devices] = [] }, args: [url, token] }) =>
      denoCommand(SCRIPT, ["--allow-read", NET], key, url!, token!, devices!),
  };
}

const REFERENCE = "request pattern of grafoleancollector, re-implemented";

/** The refresh of the jobs beside the requests of the reference. */
export const refresh: Suite = {
  name: "refresh",
  title: "Refresh",
  about:
    `Devices of one account with ${SENSORS} sensors each, which they share, in a sandbox that is ` +
    "a process of its own, over HTTP on loopback, where a request takes no time but its own, or 30 " +
    "ms, however long its list (a real backend takes longer for long lists). This library is a " +
    "`Collector` from its first request until all jobs are scheduled. Of the Python library " +
    "grafoleancollector, what it requests was written anew in TypeScript, to see how many requests " +
    "these are and how long they take: the accounts, their entities, then for each device itself, " +
    "its credential and each sensor, one after the other on one connection. It schedules nothing. " +
    "Event loop held: the longest time that a timer of 2 ms was late.",
  headings: ["devices", "refresh"],
  cases: [
    sized(10, 0, 1),
    sized(100, 0, 1),
    sized(1_000, 0, 2),
    { ...sized(20_000, 0, 15), rounds: 2 },
    // These mostly wait.
    { ...sized(10, SECONDS_PER_REQUEST, 2), rounds: 1 },
    { ...sized(100, SECONDS_PER_REQUEST, 9), rounds: 1 },
  ],
  variants: [
    variant(REFERENCE, "reference"),
    variant("this library, at the start", "first"),
    variant("this library, nothing changed", "again"),
  ],
  figures: [
    { key: "requests", title: "requests" },
    { key: "seconds", title: "time", unit: "s", digits: 2, ratio: true },
    { key: "cpu", title: "CPU", unit: "s", digits: 2 },
    { key: "held", title: "event loop held", unit: "ms" },
    { key: "rss", title: "peak RSS", unit: "MB", spread: false },
  ],
  reference: REFERENCE,
  async setUp({ case: { args: [devices, secondsPerRequest] = [] } }) {
    const command = denoCommand(
      SANDBOX,
      ["--allow-read", NET],
      devices!,
      `${SENSORS}`,
      secondsPerRequest!,
    );
    const sandbox = await startProcess(command);
    const { url, token } = JSON.parse(sandbox.line);
    return { args: [url, token], [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
  },
};
