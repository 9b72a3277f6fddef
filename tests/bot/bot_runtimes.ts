import { join } from "node:path";
import { build, onNode } from "../runtimes/node_kit.ts";
import { denoRun, PROGRAM, type Stage } from "./bot_process.ts";

/** Where the bot runs, for tests of what differs between runtimes. */
export const RUNTIMES = [
  {
    test: (name: string) => ({ name: `${name}, on Deno`, ignore: false }),
    command: (it: Stage, ...permissions: string[]) =>
      Promise.resolve(denoRun([...it.permissions, ...permissions])),
  },
  {
    test: onNode,
    async command(it: Stage) {
      const script = join(it.folder, "bot.mjs");
      await build(PROGRAM, script);
      return ["node", script];
    },
  },
];
