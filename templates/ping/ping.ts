import { parsePingOutput, type PingResult } from "./ping_output.ts";

/** One packet to one device. */
export interface Packet {
  /** An IPv4 or IPv6 address, or a name. */
  readonly host: string;
  /** How long the answer may take, in seconds. */
  readonly timeout: number;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** Sends one packet and waits for its answer. */
export type Ping = (packet: Packet) => Promise<PingResult>;

// How much longer than the timeout of the packet all of it may take, in seconds: finding the address of a name takes
// as long as 10 s when the first name server does not answer.
const GRACE = 15;

/**
 * Runs `ping` for one packet. Needs `--allow-run=ping`.
 *
 * @param program Another program to run in its place.
 * @throws The reason of the signal, when it aborts.
 * @throws {Error} If somebody else ends the program.
 */
export async function ping(
  { host, timeout, signal }: Packet,
  program = "ping",
): Promise<PingResult> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), (timeout + GRACE) * 1000);
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, {
      args: pingArguments(host, timeout),
      env: { LC_ALL: "C" }, // so that it speaks the language that the parser knows
      // The settings of the bot are none of its business. On Windows no program can do without its environment.
      clearEnv: Deno.build.os !== "windows",
      // Ctrl-C in a terminal goes to everything that was started there, and a packet would count as lost.
      detached: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.any([signal, patience.signal]), // kills it
    }).spawn().output(); // output() alone pays no attention to "detached"
  } catch (error) {
    signal.throwIfAborted();
    return failed(whyNotStarted(program, error));
  } finally {
    clearTimeout(timer);
  }
  signal.throwIfAborted();
  if (patience.signal.aborted) {
    return failed(
      `ping has not come to an end after ${timeout + GRACE} s: look for a name server of ` +
        "this machine that does not answer",
    );
  }
  if (output.signal !== null) {
    throw new Error(
      `ping to "${host}" was ended by ${output.signal}: whether the device answers is not known`,
    );
  }
  const text = new TextDecoder();
  return parsePingOutput(host, text.decode(output.stdout), text.decode(output.stderr));
}

/**
 * The arguments for one packet: no names for addresses (`-n`), count (`-c`), time to wait for the answer (`-W`).
 *
 * @param os The operating system: those that descend from BSD count `-W` in milliseconds, Linux in seconds.
 */
export function pingArguments(
  host: string,
  timeout: number,
  os: string = Deno.build.os,
): string[] {
  // Rounded up, as ping on Linux waits for ever when told to wait for less than a millisecond.
  const ms = Math.ceil(timeout * 1000);
  const wait = os === "linux" || os === "android" ? ms / 1000 : ms;
  // After "--" nothing is an option, not even a host that begins with "-".
  return ["-n", "-c", "1", "-W", `${wait}`, "--", host];
}

function failed(reason: string): PingResult {
  return { status: "failed", reason };
}

function whyNotStarted(program: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) {
    return `the program "${program}" is not here: install it (Debian, Ubuntu, Alpine: iputils-ping)`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    return `Deno may not run the program "${program}": start the bot with --allow-run=${program}`;
  }
  return `the program "${program}" cannot be started: ${error}`;
}
