import { delay } from "@std/async/delay";
import { isIP } from "node:net";
import { type FpingOutput, parseFpingOutput } from "./fping_output.ts";
import type { PacketResult, Pinger, PingRequest } from "./pinger.ts";
import { type ProgramRun, runProgram } from "./program.ts";

// How long the first device of a process waits for others: devices come due at any moment, and a process for each would cost
// twice the CPU time.
const GATHER_MS = 1000;
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

/** The devices of one process. */
interface Batch {
  // A set, as devices may share an address.
  readonly hosts: Set<string>;
  /** How many devices have not been aborted. */
  waiting: number;
  readonly stop: AbortController;
  readonly end: Promise<ProgramRun & FpingOutput>;
}

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
    const batch = this.#batches.get(key) ?? this.#open(key, request);
    batch.hosts.add(host);
    batch.waiting++;
    const abort = (): void => {
      batch.waiting--;
      // Others may still join one that has not started.
      if (batch.waiting === 0 && this.#batches.get(key) !== batch) batch.stop.abort();
    };
    signal.addEventListener("abort", abort);
    try {
      const end = await batch.end.finally(() => signal.throwIfAborted());
      return resultsOf(host, packets, end);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #open(key: string, options: PingRequest): Batch {
    const hosts = new Set<string>();
    const stop = new AbortController();
    const end = delay(GATHER_MS).then(async () => {
      this.#batches.delete(key);
      if (batch.waiting === 0) stop.abort();
      const run = await this.#run(hosts, options, stop.signal);
      return { ...run, ...parseFpingOutput(run, options.timeout) };
    });
    const batch: Batch = { hosts, waiting: 0, stop, end };
    this.#batches.set(key, batch);
    return batch;
  }

  #run(hosts: Set<string>, { packets, timeout, pause }: PingRequest, signal: AbortSignal) {
    const waitMs = Math.max(MIN_WAIT_MS, Math.ceil(timeout * 1000));
    const pauseMs = Math.max(MIN_PAUSE_MS, Math.ceil(pause * 1000));
    const sendMs = packets * hosts.size * SEND_INTERVAL_MS;
    return runProgram(this.#program, {
      args: [`-C${packets}`, `-t${waitMs}`, `-p${pauseMs}`, `-i${SEND_INTERVAL_MS}`],
      // There, nothing is an option, and there may be thousands.
      input: [...hosts].map((host) => `${host}\n`).join(""),
      timeout: Math.ceil((packets * pauseMs + waitMs + 5 * sendMs) / 1000) + GRACE_S,
      signal,
    });
  }
}

function resultsOf(
  host: string,
  packets: number,
  { results, complaints, killedBy }: ProgramRun & FpingOutput,
): readonly PacketResult[] {
  const found = results.get(host) ?? [];
  // Holes are no keys.
  if (Object.keys(found).length >= packets) return found;
  const complaint = complaints.get(host) ?? complaints.get("");
  const advice = complaints.has(host)
    ? "check the address of the device"
    : "run `setcap cap_net_raw+ep` on its file, or try it by hand";
  throw new Error(
    killedBy !== undefined
      ? `fping was killed by ${killedBy}`
      : complaint !== undefined
      ? `fping failed (${complaint}): ${advice}`
      : "fping could not send to it, or was stopped: check the routes and the firewall of this machine",
  );
}
