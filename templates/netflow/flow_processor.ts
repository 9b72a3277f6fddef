import type { Logger } from "@grafolean/collector";
import { decodePacket } from "./decode_packet.ts";
import type { DecodedPacket } from "./decoded_packet.ts";
import { DecoderState } from "./exporters.ts";
import { inSlices } from "./slices.ts";
import type { Snapshot } from "./snapshot.ts";
import { Streaks } from "./recurring_problems.ts";
import { TrafficWindows } from "./aggregator.ts";
import type { ClosedWindow } from "./traffic_window.ts";

/** What a {@linkcode FlowStation} is made of. */
export interface FlowStationOptions {
  /** Where it says what is wrong. */
  readonly log: Logger;
  /** The time in milliseconds since 1970, when it starts to listen. */
  readonly now: number;
  /** What it knew before a restart. */
  readonly snapshot?: Snapshot | undefined;
  /** Whether sampled flows are multiplied by their sampling rate. @default true */
  readonly scale?: boolean;
}

/** What has come from exporters so far. */
export interface StationCounts {
  /** Packets. */
  packets: number;
  /** Flows of exporters that are entities. */
  flows: number;
  /** Packets (v9), flows (v5) and records (IPFIX) that the network has lost. */
  lost: number;
  /** Packets with something in them that cannot be decoded. */
  malformed: number;
  /** Data sets that were given up, for want of a template. */
  undecodable: number;
}

// Whoever forges addresses must not fill Grafolean with entities.
const MAX_STRANGERS = 100;

// After that it is likelier that templates have changed than that they have not come again.
const TEMPLATE_LIFE_MS = 30 * 60_000;

const LOST_UNITS: Record<number, string> = { 5: "flows", 9: "packets", 10: "records" };

/**
 * Takes packets, and has sums for those who ask. Only exporters that are entities are added up; of others it is only
 * remembered that they are there.
 */
export class FlowStation {
  /** What has come so far. */
  readonly counts: StationCounts = {
    packets: 0,
    flows: 0,
    lost: 0,
    malformed: 0,
    undecodable: 0,
  };
  /** The exporters that were suggested as entities, by account. */
  readonly suggested: Map<number, Set<string>>;
  readonly #decoder: DecoderState;
  readonly #windows: TrafficWindows;
  readonly #streaks: Streaks;
  readonly #log: Logger;
  readonly #strangers = new Set<string>();
  #known: ReadonlySet<string>;
  // What has gone missing since the last look, by exporter. Single packets only change places.
  readonly #missing = new Map<string, { count: number; units: string }>();
  // Whoever uses the windows as a whole does so alone.
  #turn: Promise<unknown> = Promise.resolve();

  /** Makes one; it is to be handed packets. */
  constructor({ log, now, snapshot, scale }: FlowStationOptions) {
    this.#log = log;
    this.#streaks = new Streaks(log);
    const isRecent = now - (snapshot?.windows.until ?? 0) <= TEMPLATE_LIFE_MS;
    this.#decoder = new DecoderState(scale, isRecent ? snapshot?.exporters : undefined);
    this.#windows = new TrafficWindows(now, snapshot?.windows);
    this.suggested = new Map(
      Array.from(
        snapshot?.suggested ?? [],
        ([account, exporters]) => [account, new Set(exporters)],
      ),
    );
    // Until Grafolean has said which exporters there are, those of before the restart.
    this.#known = new Set([...this.#windows.exporters(), ...this.#decoder.known.keys()]);
    this.#decoder.know(this.#known);
  }

  /** Says which exporters are entities, and of which accounts. */
  serve(accounts: ReadonlyMap<number, Iterable<string>>): void {
    this.#known = new Set([...accounts.values()].flatMap((exporters) => [...exporters]));
    this.#decoder.know(this.#known);
    this.#windows.serve(accounts.keys());
    for (const exporter of this.#known) this.#strangers.delete(exporter);
  }

  /** Takes a packet that came from an exporter. */
  receive(packet: Uint8Array, exporter: string, now: number): void {
    const known = this.#known.has(exporter);
    const decoded = decodePacket(packet, exporter, this.#decoder, now);
    this.counts.packets++;
    this.#note(decoded, known ? exporter : undefined, exporter, now);
    if (known) {
      for (const flow of decoded.flows) this.#windows.add(exporter, flow, now);
      this.counts.flows += decoded.flows.length;
    } else if (decoded.version !== 0 && decoded.problem === undefined) {
      this.#meet(exporter, now);
    }
  }

  /** Exporters that are not entities and have sent something that makes sense. */
  strangers(): string[] {
    return [...this.#strangers];
  }

  /**
   * Closes the windows that are over, and hands out those that an account was not told of yet.
   *
   * @param now Milliseconds since 1970.
   */
  take(account: number, now: number): Promise<ClosedWindow[]> {
    return this.#alone(async () => {
      await inSlices(this.#windows.settle(now));
      return this.#windows.take(account);
    });
  }

  /**
   * Lets `save` write down what is needed to go on after a restart; nothing of it changes meanwhile.
   *
   * @param now Milliseconds since 1970.
   * @param last Whether nothing will come after this: then the minute that is not over is written down as well.
   */
  save(save: (snapshot: Snapshot) => Promise<void>, now: number, last = false): Promise<void> {
    return this.#alone(async () => {
      await inSlices(this.#windows.settle(now));
      const windows = this.#windows.state(last ? now : undefined);
      await save({ windows, exporters: this.#decoder.known, suggested: this.suggested });
    });
  }

  /** Says what was lost lately, and what trouble is over. To be called every minute. */
  review(now: number): void {
    for (const [exporter, { count, units }] of this.#missing) {
      if (count > 0) {
        this.#streaks.note(
          `lost ${exporter}`,
          `${count} ${units} of exporter ${exporter} were lost on their way: the sums are too low; ` +
            `see whether the network or this machine is too slow`,
          now,
          count,
        );
      }
    }
    this.#missing.clear();
    this.#streaks.sweep(now);
    const { packets, flows, lost, malformed, undecodable } = this.counts;
    this.#log.debug(
      `${packets} packets with ${flows} flows so far; ${lost} lost, ${malformed} malformed packets, ${undecodable} data sets without template`,
    );
  }

  #note(decoded: DecodedPacket, known: string | undefined, exporter: string, now: number): void {
    // Senders that nobody knows share what is said of them: there may be thousands of them.
    const key = known ?? "somebody unknown";
    if (decoded.problem !== undefined) {
      this.counts.malformed++;
      this.#streaks.note(
        `malformed ${key}`,
        `${
          known === undefined ? "" : "exporter "
        }${exporter} sends what cannot be decoded: ${decoded.problem}`,
        now,
      );
    }
    if (known === undefined) return;
    if (decoded.undecodable > 0) {
      this.counts.undecodable += decoded.undecodable;
      this.#streaks.note(
        `template ${key}`,
        `data of exporter ${exporter} are dropped as their template has not come within a minute: ` +
          `let the exporter send its templates more often`,
        now,
        decoded.undecodable,
      );
    }
    if (decoded.restarted) {
      this.#streaks.note(
        `restart ${key}`,
        `exporter ${exporter} has started to count anew, as it does after a restart; ` +
          `if it does so again and again, several exporters share its address`,
        now,
      );
    }
    if (decoded.lost !== 0) {
      this.counts.lost += decoded.lost;
      const units = LOST_UNITS[decoded.version]!;
      const count = (this.#missing.get(exporter)?.count ?? 0) + decoded.lost;
      this.#missing.set(exporter, { count, units });
    }
  }

  #meet(exporter: string, now: number): void {
    if (this.#strangers.has(exporter)) return;
    if (this.#strangers.size >= MAX_STRANGERS) {
      this.#streaks.note(
        "strangers",
        `more than ${MAX_STRANGERS} exporters send that are not entities: the others are left alone; ` +
          `let the firewall pass only packets of exporters`,
        now,
      );
      return;
    }
    this.#strangers.add(exporter);
    this.#log.info(`${exporter} sends NetFlow, and is no entity with the protocol in Grafolean`);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
