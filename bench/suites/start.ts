import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { denoCommand } from "../harness/run_variant.ts";
import type { Suite, Variant } from "../harness/suite.ts";

const MEASURE = import.meta.resolve("../variants/start/measure.ts");
const NET = "--allow-net=127.0.0.1";

/** What is started, and its file in `bench/variants/start/`. */
const PROGRAMS = [
  ["an empty program", "empty"],
  ["import of mod.ts", "import"],
  ["a bot with one job, until its first POST", "bot"],
] as const;

const [[REFERENCE]] = PROGRAMS;

function onDeno([name, file]: typeof PROGRAMS[number]): Variant {
  const script = import.meta.resolve(`../variants/start/${file}.ts`);
  return {
    name,
    command: ({ quick }) => measure(quick, denoCommand(script, ["--allow-read", NET])),
  };
}

/** Bundled, as Node 20 runs no TypeScript. */
function onNode([name, file]: typeof PROGRAMS[number]): Variant {
  return {
    name: `${name}, on Node`,
    needs: ["node"],
    command: ({ args: [folder], quick }) => measure(quick, ["node", join(folder!, `${file}.mjs`)]),
  };
}

function measure(quick: boolean, command: readonly string[]): string[] {
  const starts = quick ? "1" : "5";
  return denoCommand(MEASURE, ["--allow-read", "--allow-run", NET], starts, ...command);
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
  headings: ["", "program"],
  cases: [{ name: "start", seconds: 1.5 }],
  variants: [...PROGRAMS.map(onDeno), ...PROGRAMS.map(onNode)],
  figures: [
    { key: "time", title: "time", unit: "ms", ratio: true },
    { key: "cpu", title: "CPU", unit: "ms" },
  ],
  reference: REFERENCE,
  needs: ["bash"],
  async setUp() {
    const folder = await Deno.makeTempDir();
    for (const [, file] of PROGRAMS) {
      const script = fileURLToPath(import.meta.resolve(`../variants/start/${file}.ts`));
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["bundle", "--quiet", "--output", join(folder, `${file}.mjs`), script],
      }).output();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
    }
    return {
      args: [folder],
      [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
    };
  },
};
