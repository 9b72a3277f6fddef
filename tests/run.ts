// Runs all tests and the examples in the documentation, and ends with a line such as `812 passed, 0 failed`, even if it
// is cut by a signal.
//
// Arguments are passed on to `deno test`: files and directories instead of everything, `--filter`, `--coverage`. With
// `--real-std` as the first one the real `@std` packages are used: from JSR, or from the checkout of denoland/std that
// `STD_DIR` names.

// It talks to whoever runs it.
// deno-lint-ignore-file no-console

import { join, resolve } from "node:path";
import { copyWithRealStd } from "./real_std.ts";
import { summaryLine, TestReport } from "./test_report.ts";

/** Longer than a test may take before it fails by itself, see `preload.ts`. */
const MINUTES_WITHOUT_OUTPUT = 15;

/** How long `deno test` may take to list the tests that were running when it is cut. */
const GRACE_MS = 15_000;

/** Files at a time. Many tests wait for timers and processes most of the time. */
const JOBS = 2 * navigator.hardwareConcurrency;

/** Deno takes the call in there for the place of each test. */
const PRELOAD_LOCATION = / => \S*tests\/preload\.ts:\d+:\d+/g;

const WINDOWS = Deno.build.os === "windows";
const SIGNALS: readonly Deno.Signal[] = WINDOWS ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];

/** What the tests may do, and why. */
const PERMISSIONS = [
  // Everything listens on and talks to this machine only.
  "--allow-net=127.0.0.0/8,localhost,[::1],0.0.0.0",
  // Node's modules look for files and variables of many names; neither can leave the machine.
  "--allow-read",
  "--allow-env",
  // What they write goes to the directory below; tests of symbolic links need more than a permission for that.
  "--allow-write",
  // They start deno, node, and the programs that bots are tried against where these are there. Naming them would
  // promise more than it holds: deno can start anything.
  "--allow-run",
  // playwright looks for browsers in the home directory, and asks for the system that it runs on.
  "--allow-sys=homedir,osRelease",
];

const root = join(import.meta.dirname!, "..");
const realStd = Deno.args[0] === "--real-std";
const scratch = await Deno.realPath(await Deno.makeTempDir({ prefix: "collector-" }));

try {
  const temp = join(scratch, "temp");
  await Deno.mkdir(temp);
  const tree = realStd ? join(scratch, "collector") : root;
  if (realStd) await copyWithRealStd(root, tree, Deno.env.get("STD_DIR") || undefined);

  const report = new TestReport();
  const code = await runDenoTest(realStd ? Deno.args.slice(1) : Deno.args, tree, temp, report);
  const { passed, failed, skipped } = report.count;
  list("Failed", report.failed);
  list("Skipped", report.skipped);
  const found = passed + failed + skipped > 0;
  if (!found && code === 0) console.error("\nNo test found");
  // Code that does not compile, and a run that did not come to its end, count as a failure too.
  const others = failed === 0 && (code !== 0 || !found || !report.isComplete) ? 1 : 0;
  console.log(summaryLine({ passed, failed: failed + others, skipped }));
  Deno.exitCode = failed + others === 0 ? 0 : 1;
} finally {
  // A program that is being killed may still write there, and what counts is how the tests went.
  await Deno.remove(scratch, { recursive: true }).catch(() => {});
}

function list(title: string, names: readonly string[]): void {
  if (names.length > 0) console.log(`\n${title}:\n${names.join("\n")}\n`);
}

/** Runs `deno test`, shows what it prints as it comes, and returns its exit code. */
async function runDenoTest(
  args: readonly string[],
  tree: string,
  temp: string,
  report: TestReport,
): Promise<number> {
  const color = Deno.stdout.isTerminal() && !Deno.noColor;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--doc",
      "--parallel",
      "--no-prompt",
      "--preload=tests/preload.ts",
      ...PERMISSIONS,
      ...withPaths(args),
    ],
    cwd: tree,
    env: {
      [color ? "FORCE_COLOR" : "NO_COLOR"]: "1",
      DENO_JOBS: `${JOBS}`,
      TMPDIR: temp,
      TEMP: temp,
      TMP: temp,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    // Out of the reach of Ctrl-C and `timeout`, which would end it before it can list what was running.
    detached: !WINDOWS,
  }).spawn();

  // With all programs that the tests have started.
  const kill = (signal: Deno.Signal) => {
    try {
      Deno.kill(WINDOWS ? child.pid : -child.pid, signal);
    } catch {
      // They have ended.
    }
  };
  const cut = (reason: string) => {
    if (killTimer !== undefined) return;
    console.error(`\n${reason}: the run is cut`);
    // Deno lists the running tests at SIGINT.
    kill(WINDOWS ? "SIGKILL" : "SIGINT");
    killTimer = setTimeout(() => kill("SIGKILL"), GRACE_MS);
  };
  const stalled = () => cut(`Nothing printed for ${MINUTES_WITHOUT_OUTPUT} minutes`);
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  let stallTimer = setTimeout(stalled, MINUTES_WITHOUT_OUTPUT * 60_000);
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => cut(signal));

  const decoder = new TextDecoder();
  try {
    for await (const bytes of child.stdout) {
      clearTimeout(stallTimer);
      stallTimer = setTimeout(stalled, MINUTES_WITHOUT_OUTPUT * 60_000);
      const text = decoder.decode(bytes, { stream: true }).replaceAll(PRELOAD_LOCATION, "");
      await writeAll(new TextEncoder().encode(text));
      report.read(text);
    }
    return (await child.status).code;
  } finally {
    clearTimeout(stallTimer);
    clearTimeout(killTimer);
    kill("SIGKILL");
  }
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

/** The arguments with `.` where they name nothing to test. */
function withPaths(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const named = own.some((arg) => !arg.startsWith("-") && existsInTree(arg));
  return [...own, ...(named ? [] : ["."]), ...args.slice(own.length)];
}

function existsInTree(path: string): boolean {
  try {
    Deno.statSync(resolve(root, path));
    return true;
  } catch {
    return false;
  }
}
