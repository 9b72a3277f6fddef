import { Sandbox } from "@grafolean/collector/testing";
import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { librarySource } from "../../src/scaffold/library_source.ts";
import type { ProjectOptions } from "../../src/scaffold/project.ts";
import { renderProject } from "../../src/scaffold/render_project.ts";
import { writeProject } from "../../src/scaffold/write_project.ts";
import { until } from "../until.ts";

/** The root of the library. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Whether this checkout can stand in for JSR. */
export const IS_CHECKOUT: boolean = exists(join(ROOT, "offline", "collector", "mod.ts"));

/** Whether something is at a path. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Writes a project that uses this checkout into a folder. */
export async function generate(
  dir: string,
  options: Omit<ProjectOptions, "library" | "denoVersion">,
): Promise<void> {
  const files = renderProject({
    ...options,
    library: librarySource(new URL("../../scaffold.ts", import.meta.url).href),
    denoVersion: Deno.version.deno,
  });
  await writeProject(dir, files);
}

/** What a program has printed and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs Deno in a folder. */
export async function deno(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** The same, for what has to succeed. */
export async function denoOk(
  cwd: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Ended> {
  const ended = await deno(cwd, args, env);
  assertEquals(ended.code, 0, `deno ${args.join(" ")}\n${ended.out}\n${ended.err}`);
  return ended;
}

/** What a task of a project runs, as arguments of Deno. Started like this it can be ended like this. */
export async function taskArgs(dir: string, task: string): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(dir, "deno.json")));
  const [program, ...args] = tasks[task].command.split(" ");
  assertEquals(program, "deno");
  return args;
}

/** A Grafolean with one device, and what a bot needs to know of it. */
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
 * Starts Deno in a folder, waits until it has done something, and ends it as Ctrl-C does.
 *
 * @param isDone Whether it has done that; is handed all that was printed so far, again and again.
 */
export async function denoUntil(
  cwd: string,
  args: readonly string[],
  isDone: (printed: string) => boolean | Promise<boolean>,
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
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
