import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ProjectOptions } from "../../src/scaffold/project_options.ts";
import { renderProject } from "../../src/scaffold/render_project.ts";
import { defaultProtocol } from "../../src/scaffold/templates.ts";
import { writeProject } from "../../src/scaffold/write_project.ts";
import { until } from "../until.ts";

/** The root of the library. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whether a path exists. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Creates a folder that is removed after the test. */
export async function tempDir(
  prefix = "scaffold ",
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Project options with defaults for all but the name and the template. */
export function projectOptions(
  options: Pick<ProjectOptions, "name" | "template"> & Partial<ProjectOptions>,
): ProjectOptions {
  return {
    protocol: defaultProtocol(options.template, options.name),
    backendUrl: "",
    checkout: undefined,
    denoVersion: "2.9.6",
    ...options,
  };
}

/** Writes a project that uses this checkout into a folder. */
export async function generate(
  dir: string,
  options: Pick<ProjectOptions, "name" | "template"> & Partial<ProjectOptions>,
): Promise<void> {
  const checkout = `${pathToFileURL(ROOT).href}/`;
  await writeProject(dir, renderProject(projectOptions({ checkout, ...options })));
}

/** The output and exit code of a program. */
interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs Deno in a folder. */
export async function deno(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // It may end without reading its input.
  const written = new Blob([input]).stream().pipeTo(child.stdin).catch(() => {});
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), written]);
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Like {@linkcode deno}, but fails the test unless Deno exits with 0. */
export async function denoOk(
  cwd: string,
  args: readonly string[],
  env?: Record<string, string>,
  input?: string,
): Promise<Ended> {
  const ended = await deno(cwd, args, env, input);
  assertEquals(ended.code, 0, `deno ${args.join(" ")}\n${ended.out}\n${ended.err}`);
  return ended;
}

/** The arguments of Deno in a task of a project, to run it without `deno task`, which swallows signals. */
export async function taskArgs(dir: string, task: string): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(dir, "deno.json")));
  const [program, ...args] = tasks[task].command.split(" ");
  assertEquals(program, "deno");
  return args;
}

/** Starts a sandbox with one device. */
export async function sandboxWith(
  options: {
    readonly protocol: string;
    readonly credential?: Record<string, unknown>;
    readonly sensor?: (url: string) => Record<string, unknown>;
  },
): Promise<
  {
    readonly sandbox: Sandbox;
    readonly token: string;
    readonly url: string;
  } & AsyncDisposable
> {
  const { protocol } = options;
  const sandbox = new Sandbox();
  const server = await sandbox.listen();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol, account });
  const credential = sandbox.addCredential(account, {
    protocol,
    details: options.credential ?? {},
  });
  const sensor = sandbox.addSensor(account, {
    protocol,
    defaultInterval: 1,
    details: options.sensor?.(server.url) ?? {},
  });
  sandbox.addEntity(account, {
    name: "device",
    details: { ipv4: "127.0.0.1" },
    protocols: { [protocol]: { credential, bot, sensors: [sensor] } },
  });
  return {
    sandbox,
    token: bot.token,
    url: server.url,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/**
 * Runs Deno in a folder until a condition holds, then interrupts it as Ctrl-C does.
 *
 * @param isDone Returns whether to go on, given everything printed so far.
 */
export async function denoUntil(
  cwd: string,
  args: readonly string[],
  isDone: (printed: string) => boolean | Promise<boolean>,
  env: Record<string, string> = {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let out = "";
  let err = "";
  const reading = Promise.all([
    read(child.stdout, (text) => out += text),
    read(child.stderr, (text) => err += text),
  ]);
  let ended = false;
  const status = child.status.finally(() => ended = true);
  let signal: Deno.Signal = "SIGKILL";
  try {
    await until(async () => ended || await isDone(out + err), () => out + err);
    signal = "SIGINT";
  } finally {
    if (!ended) child.kill(signal);
    await Promise.all([status, reading]);
  }
  const { code } = await status;
  return { code, out, err };
}

async function read(stream: ReadableStream<Uint8Array>, take: (text: string) => void) {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}
