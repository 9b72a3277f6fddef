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
  /** What killed it; `undefined` if it ended by itself. */
  readonly killedBy: Deno.Signal | "its timeout" | undefined;
}

// In a terminal, Ctrl-C goes to all its processes and would end the program before the bot has stopped. Only then, as a
// detached start blocks the bot for up to 44 ms.
const DETACHED = [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());

/**
 * Runs a program to its end. Needs `--allow-run=PROGRAM`.
 *
 * @throws The reason of the signal, when it aborts.
 * @throws {Error} If it cannot be started; a {@linkcode ConfigError} if it is not installed, or Deno may not run it.
 */
export async function runProgram(
  program: string,
  { args, input, timeout, signal }: ProgramOptions,
): Promise<ProgramRun> {
  signal.throwIfAborted();
  const command = new Deno.Command(program, {
    args: [...args],
    env: { LC_ALL: "C" }, // the language that the parsers know
    clearEnv: true, // hides the environment of the bot from it
    detached: DETACHED,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const start = performance.now();
  const child = spawn(command, program);
  let isLate = false;
  const kill = (): void => {
    try {
      child.kill("SIGKILL"); // which even a stopped process obeys
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
    // Not output() or text(), which leak 80 and 30 kB of memory at each call in Deno 2.9.
    const [status, stdout, stderr] = await Promise.all([
      child.status,
      readText(child.stdout),
      readText(child.stderr),
      // It may end before it has read everything; its output says why.
      input && new Blob([input]).stream().pipeTo(child.stdin).catch(() => {}),
    ]);
    signal.throwIfAborted();
    const killedBy = isLate ? "its timeout" : status.signal ?? undefined;
    return { stdout, stderr, seconds: (performance.now() - start) / 1000, killedBy };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}

function spawn(command: Deno.Command, program: string): Deno.ChildProcess {
  try {
    return command.spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      const packages = "Debian, Ubuntu, Alpine: fping, iputils-ping";
      throw new ConfigError([`${program} is not installed: install it (${packages})`]);
    }
    const { message } = error as Error;
    if (error instanceof Deno.errors.NotCapable) {
      throw new ConfigError([
        `Deno may not run ${program}: start the bot with --allow-run=${program}`,
      ]);
    }
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
  let { value } = await reader.read(new Uint8Array(16_384));
  while (value?.length) {
    text += decoder.decode(value, { stream: true });
    ({ value } = await reader.read(new Uint8Array(value.buffer)));
  }
  return text;
}
