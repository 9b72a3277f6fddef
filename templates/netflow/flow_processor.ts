import type { Logger, ProblemLog } from "@grafolean/collector";
import { Aggregator } from "./aggregator/aggregator.ts";
import { Exporters } from "./exporters.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ClosedWindow } from "./aggregator/window.ts";

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

// After a longer downtime templates may have changed.
const MAX_TEMPLATE_AGE_MS = 30 * 60_000;

// A tenth of the time in which a fast stream fills the kernel's buffer.
const MAX_BLOCKING_MS = 2;

// A problem that has not recurred for this long is over, in seconds.
const QUIET_S = 600;

/** Decodes packets, aggregates the flows of known exporters (devices in Grafolean) and lists the unknown ones. */
export class FlowProcessor {
  /** Packets received and flows decoded since the start. */
  readonly counts = { packets: 0, flows: 0 };
  /** The exporters that were suggested as devices, by account. */
  readonly suggested: Map<number, Set<string>>;
  readonly #exporters: Exporters;
  readonly #aggregator: Aggregator;
  readonly #problems: ProblemLog;
  readonly #log: Logger;
  #known: ReadonlySet<string>;
  // Resolves when the windows are not in use.
  #lock: Promise<unknown> = Promise.resolve();

  /** Constructs a new instance. */
  constructor({ log, problems, now, snapshot, scaleSampled }: FlowProcessorOptions) {
    this.#log = log;
    this.#problems = problems;
    const isRecent = now - (snapshot?.aggregator.until ?? 0) <= MAX_TEMPLATE_AGE_MS;
    this.#exporters = new Exporters(
      scaleSampled ?? true,
      isRecent ? snapshot?.exporters : undefined,
    );
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
  }

  /** Processes a packet from an exporter. */
  receive(packet: Uint8Array, exporter: string, now: number): void {
    this.counts.packets++;
    const decoder = this.#exporters.get(exporter);
    const isKnown = this.#known.has(exporter);
    decoder?.decode(packet, now, (flow) => {
      if (!isKnown) return;
      this.#aggregator.add(exporter, flow, now);
      this.counts.flows++;
    });
  }

  /** Returns the unknown exporters. */
  unknownExporters(): string[] {
    return [...this.#exporters.unknown];
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
      await save({
        aggregator,
        exporters: new Map(
          Array.from(this.#exporters.known, ([address, decoder]) => [address, decoder.toJSON()]),
        ),
        suggested: this.suggested,
      });
    });
  }

  /** Logs what was lost since the last call. Call it every minute. */
  report(): void {
    for (
      const [exporter, { counts, malformedReason, undecodableReason }] of this.#exporters.known
    ) {
      this.#log.debug(`${exporter}: ${JSON.stringify(counts)}`);
      if (counts.malformed > 0) this.#raise(`malformed ${exporter}`, malformedReason);
      if (counts.undecodable > 0) this.#raise(`undecodable ${exporter}`, undecodableReason);
    }
  }

  #raise(key: string, message: string): void {
    this.#problems.raise(key, message, { kind: "problems of exporters", expiresAfter: QUIET_S });
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
