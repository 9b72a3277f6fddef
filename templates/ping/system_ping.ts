import { delay } from "@std/async/delay";
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { parsePingOutput } from "./ping_output.ts";
import type { PacketResult, Pinger, PingRequest } from "./pinger.ts";
import { runProgram } from "./program.ts";

// Each process takes three file descriptors and a megabyte of memory.
const MAX_PROCESSES = 256;
// iputils before 2021 refuses less to all but root.
const MIN_INTERVAL_S = 0.2;
// ping takes its timeout in seconds on Linux, in milliseconds on macOS and the BSDs.
const TIMEOUT_UNIT_MS = Deno.build.os === "linux" ? 1000 : 1;
// Name servers that do not answer take 10 s.
const GRACE_S = 15;

/** Options for {@linkcode SystemPinger}. */
export interface SystemPingerOptions {
  /** Which addresses of names are pinged. @default what the system prefers */
  readonly ipVersion?: 4 | 6 | undefined;
  /** How much longer than planned a process may take, in seconds. Then it is killed. @default 15 */
  readonly grace?: number;
  /** @default "ping" */
  readonly program?: string;
}

/** Pings each device with a process of the system's `ping`. Needs `--allow-run=ping`. */
export class SystemPinger implements Pinger {
  readonly #options: Required<SystemPingerOptions>;
  /** The devices that wait for a process. */
  readonly #queue = new Set<() => void>();
  #free = MAX_PROCESSES;
  #lastStart: Promise<void> = Promise.resolve();

  /** Constructs a new instance. */
  constructor({ ipVersion, grace = GRACE_S, program = "ping" }: SystemPingerOptions = {}) {
    this.#options = { ipVersion, grace, program };
  }

  async ping(request: PingRequest): Promise<readonly PacketResult[]> {
    await this.#takeTurn(request.signal);
    try {
      // One after the other: each start blocks the bot for a millisecond or more.
      this.#lastStart = this.#lastStart.then(() => delay(0));
      await this.#lastStart;
      return await this.#run(request);
    } finally {
      const [next] = this.#queue;
      if (next === undefined) this.#free++;
      else {
        this.#queue.delete(next);
        next();
      }
    }
  }

  async #takeTurn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => {
      this.#queue.delete(resolve);
      reject(signal.reason);
    };
    this.#queue.add(resolve);
    signal.addEventListener("abort", abort);
    await promise.finally(() => signal.removeEventListener("abort", abort));
  }

  async #run({ host, packets, timeout, pause, signal }: PingRequest): Promise<PacketResult[]> {
    const { ipVersion, grace, program } = this.#options;
    const isName = isIP(host) === 0;
    // ping would only understand a name such as "bücher.example" in a locale with its letters.
    const target = isName ? domainToASCII(host) || host : host;
    // Rounded up, since ping on Linux waits forever for less than a millisecond.
    const wait = Math.ceil(timeout * 1000) / TIMEOUT_UNIT_MS;
    // After the last packet ping waits for the interval, or twice the longest round-trip time, not for the timeout.
    const interval = Math.max(pause, timeout, MIN_INTERVAL_S);
    const run = await runProgram(program, {
      // After "--" nothing is an option, not even a host that starts with "-".
      args: [
        ...(isName && ipVersion !== undefined ? [`-${ipVersion}`] : []),
        ...["-n", "-c", `${packets}`, "-i", `${interval}`, "-W", `${wait}`, "--", target],
      ],
      timeout: (packets - 1) * interval + timeout + grace,
      signal,
    });
    if (run.killedBy !== undefined) {
      const isLateName = isName && run.killedBy === "its timeout";
      const advice = isLateName ? ": check the name servers of this machine" : "";
      throw new Error(`ping was killed by ${run.killedBy}${advice}`);
    }
    const results = parsePingOutput(run, { host, packets, timeout });
    // Elsewhere than on Linux, the last answer gets a second; where routers report errors, none is waited for.
    const shortest = (packets - 1) * interval + Math.min(timeout, 1) - 0.1;
    if (results.includes("lost") && run.seconds < shortest && !/\+\d+ errors/.test(run.stdout)) {
      // SIGINT makes it print its summary.
      throw new Error(`ping ended after ${run.seconds.toFixed(1)} s: something else stopped it`);
    }
    return results;
  }
}
