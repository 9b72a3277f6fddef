import { denoCommand } from "../harness/processes.ts";
import type { Suite, Variant } from "../harness/suite.ts";

const EMPTY = "an empty program";

function variant(name: string, script: string): Variant {
  const flags = ["--allow-read", "--allow-write", "--allow-run", "--allow-net=127.0.0.1"];
  return { name, command: denoCommand("variants/start.ts", flags, script) };
}

/** From the start of a program to its first value. */
export const start: Suite = {
  name: "start",
  title: "Start",
  about:
    "Programs are started five times for each round, with what Deno and the disk remember of " +
    "earlier starts, and the median counts. The time is that until the program ends, for the bot " +
    "until its first POST arrives; CPU is that of the whole process. On Node, each program is a " +
    "bundle in one file, made by `deno bundle`.",
  headings: ["on", "program"],
  cases: [
    { name: "Deno", args: ["deno", "5"], seconds: 1 },
    { name: "Node", args: ["node", "5"], seconds: 2.5 },
  ],
  quickArgs: ["deno", "1"],
  variants: [
    variant(EMPTY, "empty.ts"),
    variant("import of mod.ts", "import.ts"),
    variant("a bot with one job, until its first POST", "bot.ts"),
  ],
  figures: [
    { key: "time", title: "time", unit: "ms", ratio: true },
    { key: "cpu", title: "CPU", unit: "ms" },
  ],
  reference: EMPTY,
  needs: ["bash", "node"],
};
