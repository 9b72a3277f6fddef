import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { waitForTokenFile } from "../../src/bot/token_file.ts";
import { ConfigError } from "../../src/util/errors.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { VirtualTime } from "../virtual_time.ts";

const TOKEN = "5b8c1f0e-9d2a-4c3b-8e7f-0123456789ab";
const START = 1_000_000;

/** Waits for a token in a file that has one content after the other; `undefined` while it does not exist. */
function wait(...contents: (string | undefined)[]) {
  const logged: string[] = [];
  const stop = new AbortController();
  let reads = 0;
  const token = waitForTokenFile("data/token", {
    signal: stop.signal,
    problems: new ProblemLog(createLogger(({ level, message }) => {
      if (level !== "debug") logged.push(`${level} ${message}`);
    })),
    read: () => {
      const text = contents[Math.min(reads++, contents.length - 1)];
      return text === undefined
        ? Promise.reject(Object.assign(new Error("no such file"), { code: "ENOENT" }))
        : Promise.resolve(text);
    },
  });
  return { token, logged, stop, reads: () => reads };
}

const WAITING = 'Waiting for the bot token: "data/token" (BOT_TOKEN_FROM_FILE)';

Deno.test("waitForTokenFile returns a token that is there at once", async () => {
  const it = wait(TOKEN);
  assertEquals(await it.token, TOKEN);
  assertEquals([it.logged, it.reads()], [[], 1]);
});

Deno.test("waitForTokenFile waits, and logs what for when that changes and when it is over", async () => {
  using time = new VirtualTime(START);
  const it = wait(...Array(100).fill(undefined), ...Array(10).fill(""), TOKEN);
  assertEquals(await time.until(it.token, 300), TOKEN);
  assertEquals(it.logged, [
    `warn ${WAITING} does not exist yet`,
    `warn ${WAITING} is still empty (101 times in 3 min)`,
    `info Resolved after 4 min (110 times): ${WAITING} is still empty`,
  ]);
});

Deno.test("waitForTokenFile gives up at its deadline", async () => {
  using time = new VirtualTime(START);
  const logged: string[] = [];
  const waiting = waitForTokenFile("data/token", {
    signal: new AbortController().signal,
    problems: new ProblemLog(createLogger(({ message }) => logged.push(message))),
    deadline: 60,
    read: () => Promise.resolve(""),
  }).catch((error) => error);
  const error = await time.until(waiting, 100);
  assert(error instanceof ConfigError);
  assertEquals(error.problems, [
    'There is no bot token: "data/token" (BOT_TOKEN_FROM_FILE) is still empty',
  ]);
  assertStringIncludes(logged[0]!, "Waiting for up to 60 s for the bot token: ");
});

Deno.test("waitForTokenFile ends when its signal aborts", async () => {
  const it = wait(undefined);
  const reason = new Error("enough");
  setTimeout(() => it.stop.abort(reason), 10);
  assertEquals(await assertRejects(() => it.token), reason);
});

Deno.test(
  "waitForTokenFile says how to permit a file, in an executable too",
  { permissions: { read: false } },
  async () => {
    const options = {
      signal: new AbortController().signal,
      problems: new ProblemLog(createLogger(() => {})),
    };
    const { message } = await assertRejects(
      () => waitForTokenFile("/etc/token", options),
      ConfigError,
    );
    assertStringIncludes(message, 'Cannot read "/etc/token" (BOT_TOKEN_FROM_FILE): Requires read');
    assertStringIncludes(message, ": add it to --allow-read in the tasks of deno.json");
    assertEquals(message.includes("run again"), false);
  },
);

Deno.test("waitForTokenFile refuses a file that is invalid or unreadable", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const problemOf = async (file: string) => {
      const options = {
        signal: new AbortController().signal,
        problems: new ProblemLog(createLogger(() => {})),
      };
      return (await assertRejects(() => waitForTokenFile(file, options), ConfigError)).message;
    };
    const file = join(dir, "token");
    await Deno.writeTextFile(file, "not a token\n");
    const problem = await problemOf(file);
    assertStringIncludes(problem, `token in "${file}" (BOT_TOKEN_FROM_FILE) is invalid`);
    assert(!problem.includes("not a token"));
    assertStringIncludes(
      await problemOf(dir),
      `Cannot read "${dir}" (BOT_TOKEN_FROM_FILE): EISDIR`,
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
