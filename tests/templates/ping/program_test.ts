import { ConfigError } from "@grafolean/collector";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type ProgramOptions, runProgram } from "../../../templates/ping/program.ts";
import { testOnUnix } from "./unix.ts";

const signal = new AbortController().signal;

/** Runs a script of the shell, which is on every machine but Windows. */
function run(script: string, more: Partial<ProgramOptions> = {}) {
  return runProgram("sh", { args: ["-c", script], timeout: 60, signal, ...more });
}

testOnUnix("runProgram returns what a program prints", async () => {
  const { stdout, stderr, killedBy } = await run("echo é; echo no >&2; exit 3");
  assertEquals({ stdout, stderr, killedBy }, {
    stdout: "é\n",
    stderr: "no\n",
    killedBy: undefined,
  });
});

testOnUnix("runProgram reads and writes more than fits into a pipe", async () => {
  const input = "10.0.0.1\n".repeat(100_000);
  const { stdout, stderr } = await run("tee /dev/stderr", { input });
  assertEquals(stdout.length, input.length);
  assertEquals(stdout, input);
  assertEquals(stderr, input);
});

testOnUnix("runProgram does not mind a program that does not read its input", async () => {
  const { stdout } = await run("echo done", { input: "x".repeat(1_000_000) });
  assertEquals(stdout, "done\n");
});

testOnUnix("runProgram shows the program nothing of the environment but LC_ALL=C", async () => {
  Deno.env.set("PROGRAM_TEST_TOKEN", "5b8c1f0e");
  try {
    const { stdout } = await run("env");
    assertStringIncludes(stdout, "LC_ALL=C\n");
    assert(!stdout.includes("5b8c1f0e"), stdout);
  } finally {
    Deno.env.delete("PROGRAM_TEST_TOKEN");
  }
});

testOnUnix("runProgram says which signal has killed the program", async () => {
  const { stdout, killedBy } = await run("printf half; kill -TERM $$");
  assertEquals({ stdout, killedBy }, {
    stdout: "half",
    killedBy: "SIGTERM",
  });
});

testOnUnix("runProgram kills a program that takes too long, even a stopped one", async () => {
  const { stdout, killedBy } = await run("echo first; kill -STOP $$", { timeout: 5 });
  assertEquals({ stdout, killedBy }, {
    stdout: "first\n",
    killedBy: "its timeout",
  });
});

testOnUnix("runProgram kills the program when its signal aborts", async () => {
  const stop = new AbortController();
  const result = run("exec sleep 600", { signal: stop.signal });
  stop.abort(new Error("stopped"));
  await assertRejects(() => result, Error, "stopped");
  await assertRejects(() => run("exit", { signal: stop.signal }), Error, "stopped");
});

testOnUnix("runProgram says what to do when the program is missing", async () => {
  await assertRejects(
    () => runProgram("no-such-ping", { args: [], timeout: 1, signal }),
    ConfigError,
    "no-such-ping is not installed: install it",
  );
});

Deno.test({
  name: "runProgram says what to do when Deno may not run the program",
  permissions: { run: false },
  async fn() {
    await assertRejects(() => run("exit"), ConfigError, "start the bot with --allow-run=sh");
  },
});

testOnUnix("runProgram says why the program cannot be started", async () => {
  await assertRejects(() => run("a\0b"), Error, "sh cannot be started (");
  await assertRejects(
    () => runProgram("/dev/null", { args: [], timeout: 1, signal }),
    Error,
    "/dev/null cannot be started (",
  );
});

/** Returns the process groups of a program that runProgram runs, and of who runs it, in a terminal or without one. */
async function processGroups(inTerminal: boolean): Promise<string[]> {
  const module = new URL("../../../templates/ping/program.ts", import.meta.url);
  const code = `
    const { runProgram } = await import(${JSON.stringify(module.href)});
    const args = ["-c", 'cut -d " " -f 5 /proc/$$/stat /proc/$PPID/stat'];
    const { signal } = new AbortController();
    const { stdout } = await runProgram("sh", { args, timeout: 60, signal });
    console.log("groups", stdout.split("\\n").join(" "));
  `;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code);
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    const command = `${Deno.execPath()} run --no-check -A --config ${config} ${file}`;
    const { stdout } = await new Deno.Command(inTerminal ? "script" : "sh", {
      args: inTerminal ? ["-qec", command, "/dev/null"] : ["-c", `${command} 2>&1 | cat`],
      stdin: "null",
    }).output();
    return /groups (\d+) (\d+)/.exec(new TextDecoder().decode(stdout))?.slice(1) ?? [];
  } finally {
    await Deno.remove(file);
  }
}

const hasScript = await new Deno.Command("sh", { args: ["-c", "command -v script"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "runProgram keeps the program out of the reach of Ctrl-C only in a terminal (needs script)",
  ignore: Deno.build.os !== "linux" || !hasScript,
  async fn() {
    const [program, bot] = await processGroups(true);
    assert(program !== undefined && program !== bot);
    const [its, own] = await processGroups(false);
    assert(its !== undefined && its === own, `${its} ${own}`);
  },
});
