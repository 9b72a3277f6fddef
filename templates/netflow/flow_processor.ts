import type { Logger, ProblemLog } from "@grafolean/collector";
import { Aggregator } from "./aggregator.ts";
import { decodePacket } from "./decode_packet.ts";
import type { DecodedPacket } from "./decoded_packet.ts";
import { Exporters } from "./exporters.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ClosedWindow } from "./traffic_window.ts";

/** Options of a {@linkcode FlowProcessor}. */
interface FlowProcessorOptions {
  /** Where unknown exporters and counts are logged. */
  readonly log: Logger;
  /** Where problems are logged. */
  readonly problems: ProblemLog;
  /** The time in milliseconds since 1970. */
  readonly now: number;
  /** State from before a restart. */
  readonly snapshot?: Snapshot | undefined;
  /** Whether bytes and packets of sampled flows are multiplied by the sampling rate. @default true */
  readonly scaleSampled?: boolean;
}

/** Counters since the start. */
export interface FlowCounts {
  /** Packets received. */
  packets: number;
  /** Flows of known exporters. */
  flows: number;
  /** Packets (v9), flows (v5) and records (IPFIX) lost in the network. */
  lost: number;
  /** Packets that could not be decoded completely. */
  malformed: number;
  /** Data sets dropped without a template. */
  droppedSets: number;
}

// Forged addresses must not fill Grafolean with devices.
const MAX_UNKNOWN_EXPORTERS = 100;

// After a longer downtime templates may have changed.
const MAX_TEMPLATE_AGE_MS = 30 * 60_000;

// A tenth of the time in which a fast stream fills the kernel's buffer.
const MAX_BLOCKING_MS = 2;

// A problem that has not recurred for this long is over, in seconds.
const QUIET_S = 600;

const LOST_UNITS: Record<number, string> = { 5: "flows", 9: "packets", 10: "records" };

/** Decodes packets, aggregates the flows of known exporters (devices in Grafolean) and lists the unknown ones. */
export class FlowProcessor {
  /** Counters since the start. */
  readonly counts: FlowCounts = {
    packets: 0,
    flows: 0,
    lost: 0,
    malformed: 0,
    droppedSets: 0,
  };
  /** The exporters that were suggested as devices, by account. */
  readonly suggested: Map<number, Set<string>>;
  readonly #exporters: Exporters;
  readonly #aggregator: Aggregator;
  readonly #problems: ProblemLog;
  readonly #log: Logger;
  readonly #unknown = new Set<string>();
  #known: ReadonlySet<string>;
  // Lost since the last report, by exporter. Packets that are only reordered cancel out.
  readonly #lost = new Map<string, { count: number; units: string }>();
  // Resolves when the windows are not in use.
  #lock: Promise<unknown> = Promise.resolve();

  /** Constructs a new instance. */
  constructor({ log, problems, now, snapshot, scaleSampled }: FlowProcessorOptions) {
    this.#log = log;
    this.#problems = problems;
    const isRecent = now - (snapshot?.aggregator.until ?? 0) <= MAX_TEMPLATE_AGE_MS;
    this.#exporters = new Exporters(scaleSampled, isRecent ? snapshot?.exporters : undefined);
    this.#aggregator = new Aggregator(now, snapshot?.aggregator);
    this.suggested = new Map(
      Array.from(
        snapshot?.suggested ?? [],
        ([account, exporters]) => [account, new Set(exporters)],
      ),
    );
    // Until the devices have been read from Grafolean, those of before the restart.
    this.#known = new Set([...this.#aggregator.exporters(), ...this.#exporters.known.keys()]);
    this.#exporters.setKnown(this.#known);
  }

  /** Sets the known exporters of each account. */
  setKnown(accounts: ReadonlyMap<number, Iterable<string>>): void {
    this.#known = new Set([...accounts.values()].flatMap((exporters) => [...exporters]));
    this.#exporters.setKnown(this.#known);
    this.#aggregator.setAccounts(accounts.keys());
    for (const exporter of this.#known) this.#unknown.delete(exporter);
  }

  /** Processes a packet from an exporter. */
  receive(packet: Uint8Array, exporter: string, now: number): void {
    const isKnown = this.#known.has(exporter);
    const decoded = decodePacket(packet, exporter, this.#exporters, now);
    this.counts.packets++;
    if (decoded.problem !== undefined) this.#reportMalformed(decoded.problem, exporter);
    if (isKnown) {
      this.#reportMissing(decoded, exporter);
      for (const flow of decoded.flows) this.#aggregator.add(exporter, flow, now);
      this.counts.flows += decoded.flows.length;
    } else if (decoded.version !== 0 && decoded.problem === undefined) {
      this.#addUnknown(exporter);
    }
  }

  /** Returns the unknown exporters that sent valid packets. */
  unknownExporters(): string[] {
    return [...this.#unknown];
  }

  /**
   * Closes the windows that have ended, and returns those that an account has not taken yet.
   *
   * @param now The time in milliseconds since 1970.
   */
  take(account: number, now: number): Promise<ClosedWindow[]> {
    return this.#withLock(async () => {
      await runSteps(this.#aggregator.closeEnded(now));
      return this.#aggregator.take(account);
    });
  }

  /**
   * Calls `save` with the state to keep over a restart. The state does not change until `save` is done.
   *
   * @param now The time in milliseconds since 1970.
   * @param last Whether no more packets will be received. Then the state includes the open 1-minute window.
   */
  save(save: (snapshot: Snapshot) => Promise<void>, now: number, last = false): Promise<void> {
    return this.#withLock(async () => {
      await runSteps(this.#aggregator.closeEnded(now));
      const aggregator = this.#aggregator.state(last ? now : undefined);
      await save({ aggregator, exporters: this.#exporters.known, suggested: this.suggested });
    });
  }

  /** Logs what was lost since the last call. Call it every minute. */
  report(): void {
    for (const [exporter, { count, units }] of this.#lost) {
      if (count > 0) {
        this.#raise(
          `lost ${exporter}`,
          `Lost ${count} ${units} of exporter ${exporter}, so its sums are too low: ` +
            `check whether the network or this machine is overloaded`,
        );
      }
    }
    this.#lost.clear();
    const { packets, flows, lost, malformed, droppedSets } = this.counts;
    this.#log.debug(
      `${packets} packets with ${flows} flows; ${lost} lost, ${malformed} malformed packets, ${droppedSets} data sets dropped without a template`,
    );
  }

  #reportMalformed(problem: string, exporter: string): void {
    this.counts.malformed++;
    if (this.#known.has(exporter)) {
      this.#raise(
        `malformed ${exporter}`,
        `Exporter ${exporter} sends malformed packets: ${problem}`,
      );
    } else {
      // Unknown senders share one problem, as there may be thousands of them.
      const message = `${exporter} sends malformed packets: ${problem}`;
      this.#raise("malformed", message, "malformed packets of unknown senders");
    }
  }

  #reportMissing(decoded: DecodedPacket, exporter: string): void {
    if (decoded.droppedSets > 0) {
      this.counts.droppedSets += decoded.droppedSets;
      this.#raise(
        `template ${exporter}`,
        `Dropping data of exporter ${exporter}, as no template arrived within a minute: ` +
          `configure the exporter to send its templates more often`,
      );
    }
    if (decoded.restarted) {
      this.#raise(
        `restart ${exporter}`,
        `Exporter ${exporter} restarted its sequence numbers; ` +
          `if this repeats, several exporters share its address`,
      );
    }
    if (decoded.lost !== 0) {
      this.counts.lost += decoded.lost;
      const units = LOST_UNITS[decoded.version]!;
      const count = (this.#lost.get(exporter)?.count ?? 0) + decoded.lost;
      this.#lost.set(exporter, { count, units });
    }
  }

  #addUnknown(exporter: string): void {
    if (this.#unknown.has(exporter)) return;
    if (this.#unknown.size >= MAX_UNKNOWN_EXPORTERS) {
      this.#raise(
        "unknown exporters",
        `More than ${MAX_UNKNOWN_EXPORTERS} unknown exporters send packets; ignoring the others: ` +
          `let the firewall pass only packets of exporters`,
      );
      return;
    }
    this.#unknown.add(exporter);
    this.#log.info(
      `Unknown exporter ${exporter}: no device with this address uses the protocol netflow`,
    );
  }

  #raise(key: string, message: string, kind = "problems of exporters"): void {
    this.#problems.raise(key, message, { kind, expiresAfter: QUIET_S });
  }

  #withLock<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#lock.then(work);
    this.#lock = done.catch(() => {});
    return done;
  }
}

/** Runs all steps, and lets packets be received in between whenever 2 ms have passed. */
async function runSteps(steps: Iterable<unknown>): Promise<void> {
  let since = performance.now();
  for (const _ of steps) {
    if (performance.now() - since < MAX_BLOCKING_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
}
