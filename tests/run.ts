// Runs all tests and the examples in the documentation, and ends with a line such as `812 passed, 0 failed`.
//
// Arguments are passed on to `deno test`: files and directories instead of everything, `--filter`, `--coverage`. With
// `--real-std` as the first one the real `@std` packages are used: from JSR, or from the checkout of denoland/std that
// `STD_DIR` names.

// It talks to whoever runs it.
// deno-lint-ignore-file no-console

import { copyWithRealStd } from "./real_std.ts";
import { countTests, summaryLine } from "./test_report.ts";
import { join } from "node:path";

/** A whole run takes one to two minutes; one that takes this long waits for something that does not come. */
const LIMIT_MINUTES = 5;

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
];

const root = join(import.meta.dirname!, "..");
const realStd = Deno.args[0] === "--real-std";
const scratch = await Deno.realPath(await Deno.makeTempDir({ prefix: "collector-" }));

try {
  const temp = join(scratch, "temp");
  await Deno.mkdir(temp);
  const tree = realStd ? join(scratch, "collector") : root;
  if (realStd) await copyWithRealStd(root, tree, Deno.env.get("STD_DIR") || undefined);

  const { output, code } = await runDenoTest(realStd ? Deno.args.slice(1) : Deno.args, tree, temp);
  const { passed, failed, skipped } = countTests(output) ?? { passed: 0, failed: 0, skipped: 0 };
  const ran = passed + failed > 0;
  if (!ran && code === 0) console.error("\nNo test ran");
  // What does not compile, does not end in time or fails outside of every test is a failure like any other.
  const others = failed === 0 && (code !== 0 || !ran) ? 1 : 0;
  console.log(summaryLine({ passed, failed: failed + others, skipped }));
  Deno.exitCode = failed + others === 0 ? 0 : 1;
} finally {
  await Deno.remove(scratch, { recursive: true });
}

/** Runs `deno test`, shows what it prints as it comes, and returns that. */
async function runDenoTest(
  args: readonly string[],
  tree: string,
  temp: string,
): Promise<{ output: string; code: number }> {
  const color = Deno.stdout.isTerminal() && !Deno.noColor;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--doc",
      "--parallel",
      "--no-prompt",
      "--preload=tests/plain_children.ts",
      ...PERMISSIONS,
      ...withPaths(args),
    ],
    cwd: tree,
    env: {
      [color ? "FORCE_COLOR" : "NO_COLOR"]: "1",
      TMPDIR: temp,
      TEMP: temp,
      TMP: temp,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const limit = setTimeout(() => {
    console.error(`\nNot done after ${LIMIT_MINUTES} minutes: stopped`);
    child.kill("SIGKILL");
  }, LIMIT_MINUTES * 60_000);

  let output = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    await writeAll(bytes);
    output += decoder.decode(bytes, { stream: true });
  }
  const { code } = await child.status;
  clearTimeout(limit);
  return { output, code };
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
    Deno.statSync(join(root, path));
    return true;
  } catch {
    return false;
  }
}
