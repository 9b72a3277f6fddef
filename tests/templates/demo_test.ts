import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { EventReader } from "../event_reader.ts";

const ROOT = join(import.meta.dirname!, "../..");

Deno.test("deno task demo prints the address of a page, which gets values and shows the bot", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const [program, ...args] = tasks.demo.command.split(" ");
  assertEquals(program, "deno");
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let printed = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const printUntil = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(printed)) {
      const { done, value } = await reader.read();
      assert(!done, `It ended without ${pattern}:\n${printed}`);
      printed += value;
    }
  };
  await printUntil(/\n/);
  const url = /^See it live at (http:\/\/127\.0\.0\.1:\d+\/) /.exec(printed)![1]!;
  const events = await EventReader.open(`${url}page/events`);
  const { rows } = await events.until("values", ({ rows }) => rows.length > 0);
  assert(rows[0][1].startsWith("entity."), rows[0][1]);
  await events[Symbol.asyncDispose]();
  const status = await fetch(`${url}bot/`);
  assertEquals(status.status, 200);
  assert((await status.text()).includes("<title>HttpBot status</title>"));
  child.kill("SIGINT");
  await printUntil(/^Stopped\. Runs: /m);
  await reader.cancel();
  await child.status;
});
