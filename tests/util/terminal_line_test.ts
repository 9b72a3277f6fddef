import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { TerminalLine } from "../../src/util/terminal_line.ts";
import { VirtualTime } from "../virtual_time.ts";
import { Screen } from "./screen.ts";

/** A line on a screen, and work whose progress it shows. */
function lineOn(screen: Screen) {
  let updates = 0;
  const line = new TerminalLine({
    write(text) {
      updates++;
      screen.write(text);
    },
    columns: () => screen.columns,
  });
  const work = Promise.withResolvers<string>();
  return { line, ...work, work: work.promise, updates: () => updates };
}

Deno.test("TerminalLine shows work that takes longer than half a second, until it ends", async () => {
  using time = new VirtualTime(0);
  const screen = new Screen();
  const { line, work, resolve } = lineOn(screen);
  let done = 0;
  const shown = line.show(work, () => `Running jobs: ${done} of 9`);
  await time.pass(0.4);
  assertEquals(screen.rows, [""]);
  done = 3;
  await time.pass(0.2);
  assertEquals(screen.rows, ["Running jobs: 3 of 9 (1 s)"]);
  done = 4;
  await time.pass(1);
  assertEquals(screen.rows, ["Running jobs: 4 of 9 (2 s)"]);
  resolve("result");
  assertEquals(await shown, "result");
  assertEquals(screen.rows, [""]);
});

Deno.test("TerminalLine is gone when the work fails, and shows nothing while there is nothing to say", async () => {
  using time = new VirtualTime(0);
  const screen = new Screen();
  const { line, work, reject } = lineOn(screen);
  let text: string | undefined;
  const shown = line.show(work, () => text, performance.now() + 8000);
  await time.pass(1);
  assertEquals(screen.rows, [""]);
  text = "Sending queued values: 9 left";
  await time.pass(1);
  assertEquals(screen.rows, ["Sending queued values: 9 left, 6 s left"]);
  text = undefined;
  await time.pass(0.2);
  assertEquals(screen.rows, [""]);
  text = "Sending queued values: 1 left";
  await time.pass(0.2);
  reject(new Error("failed"));
  await assertRejects(() => shown, Error, "failed");
  assertEquals(screen.rows, [""]);
});

Deno.test("TerminalLine leaves the work alone when its terminal is gone", async () => {
  using time = new VirtualTime(0);
  let writes = 0;
  const line = new TerminalLine({
    write() {
      writes++;
      throw new Error("input/output error");
    },
    columns: () => undefined,
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  const shown = line.show(promise, () => "Running jobs: 0 of 1");
  await time.pass(1);
  assertGreater(writes, 0);
  line.above(() => {});
  resolve("result");
  assertEquals(await shown, "result");
});

Deno.test("TerminalLine updates up to 10 times a second, and only when something has changed", async () => {
  using time = new VirtualTime(0);
  const { line, work, resolve, updates } = lineOn(new Screen());
  let reads = 0;
  const shown = line.show(work, () => `Running jobs: ${reads++} of 9`);
  await time.pass(0.5, 1);
  const before = updates();
  await time.pass(1, 1);
  assertEquals(updates() - before, 10);
  resolve("");
  await shown;

  const quiet = lineOn(new Screen());
  const quietShown = quiet.line.show(quiet.work, () => "Reading devices");
  await time.pass(10);
  assertEquals(quiet.updates(), 10); // the seconds
  quiet.resolve("");
  await quietShown;
});

Deno.test("TerminalLine stays below what is printed", async () => {
  using time = new VirtualTime(0);
  const screen = new Screen();
  const { line, work, resolve } = lineOn(screen);
  line.above(() => screen.write("first\n"));
  const shown = line.show(work, () => "Running jobs: 1 of 9");
  line.above(() => screen.write("second\n"));
  await time.pass(0.6);
  for (let n = 0; n < 3; n++) line.above(() => screen.write(`a rather long line ${n}\n`));
  assertEquals(screen.split, [
    ["first", "second", "a rather long line 0", "a rather long line 1", "a rather long line 2"],
    "Running jobs: 1 of 9 (1 s)",
  ]);
  line.erase(); // as at the exit of the process
  assertEquals(screen.split[1], "");
  resolve("");
  await shown;
  assertEquals(screen.rows.length, 6);
});

Deno.test("TerminalLine is cut to the width of the terminal, also after that has changed", async () => {
  using time = new VirtualTime(0);
  const screen = new Screen(40);
  const { line, work, resolve } = lineOn(screen);
  screen.write("above\n");
  const shown = line.show(work, () => "Running jobs: 1,234 of 5,000, 17 failed");
  await time.pass(0.6);
  assertEquals(screen.split, [["above"], "Running jobs: 1,234 of 5,000, 17 failed"]);
  screen.columns = 15;
  assertEquals(screen.rows.length, 4); // the terminal breaks the line
  await time.pass(0.1);
  assertEquals(screen.split, [["above"], "Running jobs: "]);
  screen.columns = 80;
  await time.pass(0.1);
  assertEquals(screen.split, [["above"], "Running jobs: 1,234 of 5,000, 17 failed (1 s)"]);
  resolve("");
  await shown;
  assertEquals(screen.split, [["above"], ""]);
});
