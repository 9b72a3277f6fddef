import { isIP } from "node:net";
import { type FpingOutput, parseFpingOutput } from "./fping_output.ts";
import type { PacketResult, Pinger, PingRequest } from "./pinger.ts";
import { type ProgramRun, runProgram } from "./program.ts";

// How long the first device of a process waits for others that are due at the same time.
const GATHER_MS = 100;
// Time between two packets of a process. With the 10 ms of fping, three packets to 1,000 devices take 30 s.
const SEND_INTERVAL_MS = 1;
// Time between two packets to a device; fping may be built to refuse less.
const MIN_PAUSE_MS = 10;
// fping waits at least so long for an answer, so that none is lost that it reads late on a busy machine.
const MIN_WAIT_MS = 500;
// fping forgets a packet after 10 s.
const MAX_TIMEOUT_S = 9;
// How much longer than planned fping may take on a busy machine.
const GRACE_S = 15;

type Options = Pick<PingRequest, "packets" | "timeout" | "pause">;

/** Pings all devices that are due together with one process of `fping`. Needs `--allow-run=fping`. */
export class FpingPinger implements Pinger {
  readonly #others: Pinger;
  readonly #program: string;
  /** The batches that others may join, by their options. */
  readonly #batches = new Map<string, Batch>();

  /**
   * Constructs a new instance.
   *
   * @param others Pings what fping does not: names, as fping looks up one after the other before it starts, and timeouts
   * above 9 s.
   */
  constructor(others: Pinger, program = "fping") {
    this.#others = others;
    this.#program = program;
  }

  async ping(request: PingRequest): Promise<readonly PacketResult[]> {
    const { host, packets, timeout, pause, signal } = request;
    if (isIP(host) === 0 || timeout > MAX_TIMEOUT_S) return await this.#others.ping(request);
    signal.throwIfAborted();
    const key = `${packets} ${timeout} ${pause}`;
    let batch = this.#batches.get(key);
    if (batch === undefined) {
      const opened = batch = new Batch(this.#program, { packets, timeout, pause });
      this.#batches.set(key, opened);
      setTimeout(() => {
        this.#batches.delete(key);
        opened.start();
      }, GATHER_MS);
    }
    return await batch.ping(host, signal);
  }
}

/** The devices of one process. */
class Batch {
  readonly #program: string;
  readonly #options: Options;
  // A set, as devices may share an address.
  readonly #hosts = new Set<string>();
  readonly #run = Promise.withResolvers<ProgramRun>();
  readonly #output = this.#run.promise.then((run) => parseFpingOutput(run, this.#options.timeout));
  readonly #stop = new AbortController();
  #waiting = 0;
  #isStarted = false;

  constructor(program: string, options: Options) {
    this.#program = program;
    this.#options = options;
  }

  /** Pings a device too; resolves when the process has ended. */
  async ping(host: string, signal: AbortSignal): Promise<readonly PacketResult[]> {
    this.#hosts.add(host);
    this.#waiting++;
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort);
    try {
      const output = await Promise.race([this.#output, aborted.promise]);
      return this.#resultsOf(host, output, await this.#run.promise);
    } finally {
      signal.removeEventListener("abort", abort);
      this.#waiting--;
      if (this.#waiting === 0 && this.#isStarted) {
        this.#stop.abort();
        await this.#output.catch(() => {}); // until it has ended
      }
    }
  }

  /** Starts the process. */
  start(): void {
    this.#isStarted = true;
    if (this.#waiting === 0) return;
    const { packets, timeout, pause } = this.#options;
    const waitMs = Math.max(MIN_WAIT_MS, Math.ceil(timeout * 1000));
    const pauseMs = Math.max(MIN_PAUSE_MS, Math.ceil(pause * 1000));
    const sendMs = packets * this.#hosts.size * SEND_INTERVAL_MS;
    const run = runProgram(this.#program, {
      args: [`-C${packets}`, `-t${waitMs}`, `-p${pauseMs}`, `-i${SEND_INTERVAL_MS}`],
      // There, nothing is an option, and there may be thousands.
      input: [...this.#hosts].map((host) => `${host}\n`).join(""),
      timeout: Math.ceil((packets * pauseMs + waitMs + 5 * sendMs) / 1000) + GRACE_S,
      signal: this.#stop.signal,
    });
    this.#run.resolve(run);
  }

  #resultsOf(host: string, output: FpingOutput, run: ProgramRun): readonly PacketResult[] {
    const { packets } = this.#options;
    const results = output.results.get(host) ?? [];
    for (let i = 0; i < packets; i++) {
      if (results[i] === undefined) throw new Error(this.#whyMissing(host, output, run));
    }
    return results;
  }

  #whyMissing(host: string, output: FpingOutput, { killedBy }: ProgramRun): string {
    if (killedBy !== undefined) return `fping was killed by ${killedBy}`;
    const complaint = output.complaints.get(host) ?? output.complaint;
    if (complaint !== undefined) {
      return `fping failed (${complaint}): try it by hand on this machine`;
    }
    return (output.counts.get(host) ?? 0) < this.#options.packets
      ? "something else stopped fping"
      : "fping could not send to it: check the routes and the firewall of this machine";
  }
}
