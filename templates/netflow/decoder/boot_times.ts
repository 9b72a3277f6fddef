import type { SequenceTracker } from "./sequence.ts";

/** What the header of a NetFlow packet tells about the exporter's clock, and when it arrived. */
export interface PacketTimes {
  /** Milliseconds since the exporter booted; wraps after 49.7 days. */
  readonly uptime: number;
  /** The exporter's time, in milliseconds. */
  readonly sentAt: number;
  /** Time of arrival, in milliseconds. */
  readonly receivedAt: number;
}

/** The part of {@linkcode BootTimes} that is kept over a restart of the bot, as plain data. */
export interface BootTimesState {
  /** Uptime in the latest packet. */
  readonly uptime: number;
  /** Boot times by the exporter's clock, then as many by the bot's. */
  readonly times: readonly number[];
  /** Below 0 if packets were recognized by their sequence number more often than by a moving uptime. */
  readonly trust: number;
}

// The seconds in a header are truncated, packets wait in queues, and clocks drift.
const TOLERANCE_MS = 3000;

// Two minutes were seen between a packet with templates and one with data.
const MAX_SKEW_MS = 10 * 60 * 1000;

// One, and those from before steps of the clock.
const MAX_TIMES = 4;

// How many packets may be missing where only sequence numbers tell that a packet belongs to an exporter.
const MAX_GAP = 1000;

// One way to recognize an exporter is better than the next by more than tolerances and gaps.
const WORSE = 10_000;

/**
 * Recognizes an exporter by the time it booted, as an address and a domain id may stand for several: behind NAT or a relay,
 * two on one host, or one before and after a reboot.
 */
export class BootTimes {
  // In milliseconds modulo 2^32, as uptimes are. The latest first.
  readonly #byExporter: number[];
  readonly #byBot: number[];
  #uptime: number;
  #trust = 0;

  /** Constructs a new instance, from a packet or from the state before a restart of the bot. */
  constructor(from: PacketTimes | BootTimesState) {
    this.#uptime = from.uptime;
    if ("times" in from) {
      this.#trust = from.trust;
      this.#byExporter = from.times.slice(0, from.times.length / 2);
      this.#byBot = from.times.slice(from.times.length / 2);
    } else {
      this.#byExporter = [from.sentAt - from.uptime];
      this.#byBot = [from.receivedAt - from.uptime];
    }
  }

  /** Returns the state to keep over a restart. */
  toJSON(): BootTimesState {
    const times = [...this.#byExporter, ...this.#byBot].map((time) => time >>> 0);
    return { uptime: this.#uptime, times, trust: this.#trust };
  }

  /**
   * Returns how badly a packet matches; `Infinity` if another exporter sent it. From best to worst it is recognized by
   * - the exporter's clock,
   * - the bot's clock, where the exporter's was set,
   * - an uptime that stands still, so it is no clock,
   * - a sequence number that continues exactly, where both clocks were set or the uptime is none. Where that has become the
   *   rule, some packets may be missing.
   */
  mismatch(packet: PacketTimes, sequence: number, tracker: SequenceTracker): number {
    const { uptime, sentAt, receivedAt } = packet;
    const byExporter = distance(sentAt - uptime, this.#byExporter);
    if (byExporter <= TOLERANCE_MS) return byExporter;
    const byBot = distance(receivedAt - uptime, this.#byBot);
    if (byBot <= TOLERANCE_MS) return WORSE + byBot;
    if (uptime === this.#uptime) return 2 * WORSE;
    const ahead = tracker.ahead(sequence);
    return ahead <= (this.#trust < 0 ? MAX_GAP : 0) ? 3 * WORSE + ahead : Infinity;
  }

  /** Whether a packet that does not match tells of a boot about the same time, as another clock in the same exporter does. */
  isSimilar({ uptime, sentAt }: PacketTimes): boolean {
    return distance(sentAt - uptime, this.#byExporter) <= MAX_SKEW_MS;
  }

  /** Remembers the boot time by a packet that was recognized, so that it follows a clock that drifts. */
  update({ uptime, sentAt, receivedAt }: PacketTimes, mismatch: number): void {
    if (mismatch >= 3 * WORSE) this.#trust = Math.max(-10, this.#trust - 1);
    else if (uptime !== this.#uptime) this.#trust = Math.min(10, this.#trust + 1);
    this.#uptime = uptime;
    // The latest comes first, in place of what it drifted from, or else of the oldest.
    const boot = sentAt - uptime;
    const drifted = this.#byExporter.findIndex((time) => difference(boot, time) <= TOLERANCE_MS);
    if (drifted !== 0) {
      const replaced = drifted > 0 ? drifted : MAX_TIMES - 1;
      this.#byExporter.splice(replaced, 1);
      this.#byExporter.unshift(boot);
      this.#byBot.splice(replaced, 1);
      this.#byBot.unshift(boot);
    }
    this.#byExporter[0] = boot;
    this.#byBot[0] = receivedAt - uptime;
  }
}

/** Returns how far a time is from the nearest of others. */
function distance(time: number, others: readonly number[]): number {
  let nearest = Infinity;
  for (const other of others) nearest = Math.min(nearest, difference(time, other));
  return nearest;
}

/** Returns how far two times are apart, modulo 2^32. */
function difference(a: number, b: number): number {
  return Math.abs((a - b) | 0);
}
