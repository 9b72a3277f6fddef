import { parsePingOutput, type PingResult } from "./ping_output.ts";

/** One packet to one device. */
export interface Packet {
  /** An IPv4 or IPv6 address, or a name. */
  readonly host: string;
  /** Seconds to wait for the answer. */
  readonly timeout: number;
  /** Aborts the ping. */
  readonly signal: AbortSignal;
}

/** Sends one packet and waits for its answer. */
export type Ping = (packet: Packet) => Promise<PingResult>;

// How much longer than the timeout of the packet the program may run: resolving a name takes up to 10 s when the first
// name server does not answer.
const GRACE_S = 15;

/**
 * Runs `ping` for one packet. Needs `--allow-run=ping`.
 *
 * @param program The program to run.
 * @throws The reason of the signal, when it aborts.
 * @throws {Error} If the program is killed from outside.
 */
export async function ping(
  { host, timeout, signal }: Packet,
  program = "ping",
): Promise<PingResult> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), (timeout + GRACE_S) * 1000);
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, {
      args: pingArguments(host, timeout),
      env: { LC_ALL: "C" }, // the language that parsePingOutput knows
      // Hides the bot's token from it. On Windows no program runs without its environment.
      clearEnv: Deno.build.os !== "windows",
      // Ctrl-C goes to all processes of a terminal: it would kill ping, and the packet would count as lost.
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.any([signal, deadline.signal]), // kills it
    }).spawn().output(); // Command.output() ignores "detached"
  } catch (error) {
    signal.throwIfAborted();
    return failed(startFailure(program, error));
  } finally {
    clearTimeout(timer);
  }
  signal.throwIfAborted();
  if (deadline.signal.aborted) {
    return failed(
      `ping did not exit within ${timeout + GRACE_S} s: check this machine for a name server ` +
        "that does not answer",
    );
  }
  if (output.signal !== null) {
    throw new Error(
      `ping to "${host}" was killed by ${output.signal}: it is unknown whether the device answers`,
    );
  }
  const decoder = new TextDecoder();
  return parsePingOutput(host, decoder.decode(output.stdout), decoder.decode(output.stderr));
}

/**
 * Returns the arguments for one packet: numeric output (`-n`), count (`-c`), seconds or milliseconds to wait for the
 * answer (`-W`).
 *
 * @param os The operating system: `-W` is in seconds on Linux, in milliseconds on macOS and the BSDs.
 */
export function pingArguments(
  host: string,
  timeout: number,
  os: string = Deno.build.os,
): string[] {
  // Rounded up, since ping on Linux waits forever for less than a millisecond.
  const ms = Math.ceil(timeout * 1000);
  const wait = os === "linux" || os === "android" ? ms / 1000 : ms;
  // After "--" nothing is an option, not even a host that starts with "-".
  return ["-n", "-c", "1", "-W", `${wait}`, "--", host];
}

function failed(reason: string): PingResult {
  return { status: "failed", reason };
}

function startFailure(program: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return `"${program}" is not installed: install it (Debian, Ubuntu, Alpine: iputils-ping)`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `Deno is not allowed to run "${program}": start the bot with --allow-run=${program}`;
  }
  return `"${program}" cannot be started: ${error}`;
}
