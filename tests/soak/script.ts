// What happens when in a soak, for the bot and for the world around it. Everything is scaled with the length of the soak, so
// a short one has all that a day has.

/** The number of devices at each moment. */
export const DEVICES = 500;
/** How long a job may run, in seconds. */
export const JOB_TIMEOUT = 20;
/** How often the bot refreshes its jobs, in seconds. */
export const REFRESH_INTERVAL = 60;
/** The end of summer time in Ljubljana: the local clock goes from 3:00 to 2:00. */
const CHANGE_OF_TIME = Date.UTC(2026, 9, 25, 1);

/** What happens in each part of a soak, an hour of a day. The start and the end are quiet. */
const INCIDENTS = [
  "quiet",
  "quiet",
  "quiet",
  "outage",
  "500",
  "slow answers",
  "resets",
  "no answers",
  "token refused",
  "502 and 503",
  "devices hang",
  "suspend",
  "restart",
  "devices fail",
  "clock back",
  "any fault",
  "clock forward",
  "database down",
  "outage",
  "any fault",
  "devices hang",
  "login page",
  "500",
  "quiet",
] as const;

export type Incident = typeof INCIDENTS[number];

/** Between two moments, in milliseconds. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The times of a soak, in milliseconds of the simulated clock. */
export class Script {
  readonly start: number;
  readonly end: number;
  readonly partMs: number;
  /** When the incident of each part happens, when an administrator then edits devices, and when the part ends. */
  readonly parts: readonly (Period & {
    readonly incident: Incident;
    readonly edit: number;
    readonly end: number;
  })[];

  /** Constructs a new instance for a soak of so many simulated hours. */
  constructor(hours: number) {
    const ms = hours * 3_600_000;
    this.start = CHANGE_OF_TIME - 0.4 * ms;
    this.end = this.start + ms;
    this.partMs = ms / INCIDENTS.length;
    this.parts = INCIDENTS.map((incident, part) => {
      const at = (share: number) => this.start + (part + share) * this.partMs;
      return { incident, from: at(0.1), to: at(0.5), edit: at(0.6), end: at(1) };
    });
  }

  /** What happens at a moment. */
  incidentAt(now: number): Incident {
    return this.parts.find(({ from, to }) => now >= from && now < to)?.incident ?? "quiet";
  }

  /** What the wall clock of the bot shows: somebody sets it back, and later forward too far. */
  wallTime(now: number): number {
    let offset = 0;
    for (const { incident, from } of this.parts) {
      if (now < from) break;
      // More than the shortest interval, however short the soak is.
      if (incident === "clock back") offset -= Math.max(90_000, this.partMs / 10);
      if (incident === "clock forward") offset += Math.max(180_000, this.partMs / 4);
    }
    return Math.round(now + offset);
  }

  /** The clock of the slots: it follows the wall clock forward, but never back. */
  slotTime(now: number): number {
    return Math.max(Math.round(now), this.wallTime(now));
  }
}

/** How a device behaves during an incident. */
export function behaviour(
  n: number,
  incident: Incident,
): "answers" | "fails" | "hangs" | "never returns" {
  if (n % 125 === 9 || incident === "devices hang" && n % 10 === 0) return "hangs";
  if (n % 125 === 59 || incident === "devices hang" && n % 10 === 5) return "never returns";
  if (n % 50 === 7 || incident === "devices fail" && n % 4 === 1) return "fails";
  return "answers";
}

/** The intervals of a device, in seconds. */
export function intervalsOf(n: number): readonly number[] {
  return [[60], [60], [60], [60, 300], [60, 300], [60, 300], [300], [120, 3600], [60, 900], [60]][
    n % 10
  ]!;
}

/** The `startTs` of every other device. */
export function startTsOf(n: number): number | undefined {
  return n % 2 === 0 ? 1_700_000_000 + n * 7 : undefined;
}

/** The path of the values of a device at an interval. A value is the slot of its run, in milliseconds. */
export function pathOf(n: number, interval: number): string {
  return `soak.${n}.${interval}`;
}
