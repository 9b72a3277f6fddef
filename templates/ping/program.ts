import { ConfigError } from "@grafolean/collector";

/** Options for {@linkcode runProgram}. */
export interface ProgramOptions {
  readonly args: readonly string[];
  /** Its standard input. @default none */
  readonly input?: string;
  /** How long it may run, in seconds. Then it is killed. */
  readonly timeout: number;
  /** Kills it. */
  readonly signal: AbortSignal;
}

/** A program that has ended. */
export interface ProgramRun {
  readonly stdout: string;
  readonly stderr: string;
  /** How long it ran, in seconds. */
  readonly seconds: number;
  /** Why it ended early, such as `"was killed by SIGTERM"`; `undefined` if it ended by itself. */
  readonly cut: string | undefined;
  /** Whether it was killed because of its timeout. */
  readonly isLate: boolean;
}

// In a terminal, Ctrl-C goes to all its processes and would end the program before the bot has stopped. Only then, as a
// detached start blocks the bot for up to 44 ms.
const DETACHED = [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());

/**
 * Runs a program to its end. Needs `--allow-run=PROGRAM`.
 *
 * @throws The reason of the signal, when it aborts.
 * @throws {ConfigError} If the program is not installed, or Deno may not run it.
 * @throws {Error} If it cannot be started for another reason.
 */
export async function runProgram(
  program: string,
  { args, input, timeout, signal }: ProgramOptions,
): Promise<ProgramRun> {
  signal.throwIfAborted();
  const start = performance.now();
  const child = spawn(program, args, input === undefined ? "null" : "piped");
  let isLate = false;
  // Even a stopped process obeys SIGKILL.
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeout * 1000);
  signal.addEventListener("abort", kill);
  try {
    // Not child.output(), which leaks 80 kB of memory at each call in Deno 2.9.
    const [status, stdout, stderr] = await Promise.all([
      child.status,
      readText(child.stdout),
      readText(child.stderr),
      input === undefined ? undefined : writeText(child.stdin, input),
    ]);
    signal.throwIfAborted();
    const cut = isLate
      ? `did not end within ${timeout} s`
      : status.signal === null
      ? undefined
      : `was killed by ${status.signal}`;
    const seconds = (performance.now() - start) / 1000;
    return { stdout, stderr, seconds, cut, isLate };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}

function spawn(
  program: string,
  args: readonly string[],
  stdin: "null" | "piped",
): Deno.ChildProcess {
  try {
    return new Deno.Command(program, {
      args: [...args],
      env: { LC_ALL: "C" }, // the language that the parsers know
      // Hides the environment of the bot from it. On Windows no program runs without its environment.
      clearEnv: Deno.build.os !== "windows",
      detached: DETACHED,
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new ConfigError([
        `${program} is not installed: install it (Debian, Ubuntu, Alpine: fping, iputils-ping)`,
      ]);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new ConfigError([
        `Deno may not run ${program}: start the bot with --allow-run=${program}`,
      ]);
    }
    const { message } = error as Error;
    throw new Error(
      `${program} cannot be started (${message}): check the limits of this machine for processes and open files`,
    );
  }
}

async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  // A program writes line by line: a new buffer for each would take much memory.
  const reader = stream.getReader({ mode: "byob" });
  const decoder = new TextDecoder();
  let text = "";
  let buffer = new Uint8Array(16_384);
  while (true) {
    const { value } = await reader.read(buffer);
    if (value === undefined || value.length === 0) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    buffer = new Uint8Array(value.buffer);
  }
}

async function writeText(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // The program has ended; its output says why.
  }
}
