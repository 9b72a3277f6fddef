import { denoCommand } from "../harness/processes.ts";
import type { Case, Suite, Variant } from "../harness/suite.ts";

const FLAGS = ["--allow-read", "--allow-net=127.0.0.1"];
const SLOW_S = 0.03;
const REFERENCE = "request pattern of grafoleancollector, re-implemented";

function sized(devices: number, secondsPerRequest: number, seconds: number): Case {
  const cost = secondsPerRequest > 0 ? `, ${secondsPerRequest * 1000} ms a request` : "";
  return {
    name: `${devices.toLocaleString("en")}${cost}`,
    args: [`${devices}`, `${secondsPerRequest}`],
    seconds,
  };
}

function variant(name: string, key: string): Variant {
  return { name, command: denoCommand("variants/refresh.ts", FLAGS, key) };
}

/** The refresh of the jobs beside the requests of the reference. */
export const refresh: Suite = {
  name: "refresh",
  title: "Refresh",
  about:
    "Devices of one account with 5 sensors each, which they share, in a sandbox that is a process of " +
    "its own, over HTTP on loopback. A request takes no time but its own, or 30 ms, however long its " +
    "list (a real backend takes longer for long lists). This library is a `Collector` from its first " +
    "request until all jobs are scheduled. The other variant makes the requests of the Python library " +
    "grafoleancollector and schedules nothing: the accounts, their entities, then each device, its " +
    "credential and each of its sensors, one after the other on one connection. Event loop held: the " +
    "longest time that a timer of 2 ms was late.",
  headings: ["devices", "refresh"],
  cases: [
    sized(10, 0, 1),
    sized(100, 0, 1),
    sized(1_000, 0, 2),
    { ...sized(20_000, 0, 20), rounds: 1 },
    // These mostly wait.
    { ...sized(10, SLOW_S, 2), rounds: 1 },
    { ...sized(100, SLOW_S, 9), rounds: 1 },
  ],
  quickArgs: ["10", "0"],
  variants: [
    variant(REFERENCE, "reference"),
    variant("this library, at the start", "first"),
    variant("this library, nothing changed", "again"),
  ],
  figures: [
    { key: "requests", title: "requests" },
    { key: "seconds", title: "time", unit: "s", ratio: true },
    { key: "cpu", title: "CPU", unit: "s" },
    { key: "held", title: "event loop held", unit: "ms" },
    { key: "rss", title: "peak RSS", unit: "MB" },
  ],
  reference: REFERENCE,
  server: denoCommand("servers/refresh.ts", FLAGS),
};
