import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Screen } from "../util/screen.ts";
import { stage } from "./bot_process.ts";
import { noTerminal, startInTerminal } from "./bot_terminal.ts";

const options = { ignore: noTerminal };

/** What a terminal shows after a program has written this. */
function screenAfter(output: string): string[] {
  const screen = new Screen(500);
  screen.write(output);
  return screen.rows;
}

/** A line of the log, or nothing; the terminal shows Ctrl-C where the cursor is. */
const WHOLE_LINE = /^(\^C)*(\d{4}-[\d-]+T[\d:.]+Z (INFO|WARN|ERROR) .*)?$/;

Deno.test(
  "runBot shows in a terminal how far it is, and leaves nothing behind when Ctrl-C quits it (needs script)",
  options,
  async () => {
    await using it = await stage("hangs");
    const bot = await startInTerminal(it, {
      args: ["--once"],
      env: { ...it.env, NO_COLOR: "1", TERM: "xterm" },
    });
    await bot.waitForOutput("Running jobs: 0 of 1 (");
    await bot.type("\x03");
    await bot.waitForOutput("Finishing jobs: 1 running, ");
    const repeat = setInterval(() => bot.type("\x03"), 100);
    bot.ended.finally(() => clearInterval(repeat));
    const { stdout } = await bot.end();
    const rows = screenAfter(stdout);
    for (const row of rows) assertMatch(row, WHOLE_LINE, stdout);
    assertMatch(rows.at(-2)!, /ERROR Quit by SIGINT before the end/);
    assertEquals(rows.at(-1), "");
  },
);

Deno.test(
  "runBot --dry-run prints its values above the line in a terminal (needs script)",
  options,
  async () => {
    await using it = await stage("slow", "kitchen", "throws");
    const bot = await startInTerminal(it, {
      args: ["--dry-run", "--json"],
      env: { ...it.env, NO_COLOR: "1", TERM: "xterm" },
    });
    const { stdout } = await bot.end();
    const rows = screenAfter(stdout);
    const values = rows.filter((row) => !WHOLE_LINE.test(row)).map((row) => JSON.parse(row));
    assertEquals(values.map(({ p }) => p).sort(), ["kitchen", "slow.done", "slow.started"]);
  },
);

Deno.test(
  "runBot shows neither a line nor colors where a terminal cannot show them (needs script)",
  options,
  async () => {
    for (const variables of [{ TERM: "dumb" }, { TERM: "xterm", LOG_FORMAT: "json" }]) {
      await using it = await stage("slow");
      const env = { ...it.env, NO_COLOR: "", ...variables };
      const { stdout } = await (await startInTerminal(it, { args: ["--once"], env })).end();
      assertStringIncludes(stdout, "1 job ok; 2 values sent");
      assert(!stdout.includes("Running jobs") && !stdout.includes("\x1b"), stdout);
    }
  },
);
