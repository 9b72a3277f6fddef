// The rules of delivery, broken on purpose: a test from the outer door must notice each of them.

// Which test has noticed what is part of the result.
// deno-lint-ignore-file no-console

import { assertEquals } from "@std/assert";
import { join } from "node:path";

/** A rule that is broken by a change of the source. */
interface Breakage {
  readonly name: string;
  /** The file, below `src/delivery`. */
  readonly file: string;
  /** What is replaced; it must occur once. */
  readonly from: string;
  readonly to: string;
  /** The test that notices, in this folder. */
  readonly test: string;
}

const BREAKAGES: readonly Breakage[] = [
  {
    name: "a 400 in foreign words refuses",
    file: "answers.ts",
    from: "if (!body.startsWith(VALIDATION))",
    to: "if (false)",
    test: "foreign_answers_test.ts",
  },
  {
    name: "the quarantine never frees a path",
    file: "quarantine.ts",
    from: "path.isClosed = false;",
    to: "",
    // In the stream it depends on chance whether a path has to be freed.
    test: "../delivery/quarantine_test.ts",
  },
  {
    name: "the path of every value that was sent with one at fault is isolated",
    file: "ambiguous_answers.ts",
    from: 'if (values.length > 1) return "split";',
    to: "",
    test: "stream_test.ts",
  },
  {
    name: "a good probe wakes nobody",
    file: "failing_accounts.ts",
    from: "if (isUp) this.onReachable();",
    to: "if (isUp) return;",
    test: "recovery_test.ts",
  },
  {
    name: "values are promised before they are in the file",
    file: "outbox.ts",
    from: "    this.#journal.commit();\n    //",
    to: "    setTimeout(() => this.#journal.commit(), 300);\n    //",
    test: "kill_test.ts",
  },
  {
    name: "requests that hang keep their places",
    file: "send_permits.ts",
    from: "if (startedAt > before) break;",
    to: "break;",
    test: "accounts_test.ts",
  },
  {
    name: "a value that may be stored goes by POST again",
    file: "account_values.ts",
    from: 'return batch && { method: "PUT", batch };',
    to: 'return batch && { method: "POST", batch };',
    test: "chaos_test.ts",
  },
  {
    name: "two values of one path and time wait side by side",
    file: "store/waiting_values.ts",
    from: "else earlier.push(areLate ? value : before);",
    to: "else void before;",
    test: "rules_test.ts",
  },
  {
    name: "Retry-After is ignored",
    file: "account_queue.ts",
    from: 'if ("retryAfterMs" in verdict)',
    to: "if (false)",
    test: "rules_test.ts",
  },
  {
    name: "nothing is sent at the end",
    file: "outbox.ts",
    from: "if (now - start >= timeoutMs) break;",
    to: "break;",
    test: "rules_test.ts",
  },
  {
    name: "a value that was dropped and stored counts twice",
    file: "outbox.ts",
    from: "      this.#dropped--;\n",
    to: "",
    test: "rules_test.ts",
  },
];

const ROOT = join(import.meta.dirname!, "../..");
const NEEDED = ["deno.json", "mod.ts", "offline", "src", "tests"];

/** Runs a test on a copy of the source with a rule broken, and returns whether the test failed. */
async function isNoticed({ name, file, from, to, test }: Breakage): Promise<boolean> {
  const copy = await Deno.makeTempDir();
  try {
    for (const path of NEEDED) await copyAll(join(ROOT, path), join(copy, path));
    const broken = join(copy, "src/delivery", file);
    await Deno.writeTextFile(broken, (await Deno.readTextFile(broken)).replace(from, to));
    const start = performance.now();
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--no-prompt", "--allow-all", `tests/faults/${test}`],
      cwd: copy,
      env: { TESTS: "", NO_COLOR: "1" },
      stderr: "null",
    }).output();
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${success ? "NOT NOTICED" : "noticed"} by ${test} in ${seconds} s: ${name}`);
    const output = new TextDecoder().decode(stdout);
    // Not because it cannot be run.
    return !success && /\d+ failed/.test(output) && !output.includes("SyntaxError");
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

async function copyAll(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copyAll(join(from, name), join(to, name));
}

Deno.test("BREAKAGES change the source in one place each", async () => {
  for (const { name, file, from } of BREAKAGES) {
    const source = await Deno.readTextFile(join(ROOT, "src/delivery", file));
    assertEquals(source.split(from).length - 1, 1, name);
  }
});

// Takes several minutes, as each breakage takes the whole test that notices it.
if (Deno.env.get("TESTS") === "breakages") {
  Deno.test("BREAKAGES are each noticed by a test", async () => {
    const missed: string[] = [];
    for (const breakage of BREAKAGES) if (!await isNoticed(breakage)) missed.push(breakage.name);
    assertEquals(missed, []);
  });
}
