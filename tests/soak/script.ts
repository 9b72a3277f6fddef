// What happens when in a soak, the same for the bot and for the world around it. All of it is scaled with the length of
// the soak, so that a short one has everything that a day has.

/** The parts of a soak: the hours of a day. */
export const PARTS = 24;
/** The number of devices at each moment. */
export const DEVICES = 500;
/** The part after which nothing may grow any more. */
export const WARM_UP = 0.1;
/** The end of summer time in Ljubljana: the local clock goes from 3:00 to 2:00. */
export const CHANGE_OF_TIME = Date.UTC(2026, 9, 25, 1);
/** When in a soak that is. */
const CHANGE_AT = 0.4;

/** How long a job may run, in seconds. */
export const JOB_TIMEOUT = 20;
/** How often the bot refreshes its jobs, in seconds. */
export const REFRESH_INTERVAL = 60;

/** What happens in a part. */
export type Incident =
  | "outage"
  | "restart"
  | "database down"
  | "slow answers"
  | "500"
  | "resets"
  | "no answers"
  | "token refused"
  | "502 and 503"
  | "login page"
  | "any fault"
  | "devices hang"
  | "devices fail"
  | "suspend"
  | "clock back"
  | "clock forward";

/** The incidents by part; there are none at first, and none at the end. */
const INCIDENTS: readonly (Incident | undefined)[] = [
  undefined,
  undefined,
  undefined,
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
  undefined,
];

/** Between two moments, in milliseconds. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The times of a soak, in milliseconds of the simulated clock that nobody sets. */
export class Script {
  readonly start: number;
  readonly end: number;
  readonly partMs: number;

  /** Constructs a new instance for a soak of so many simulated hours. */
  constructor(hours: number) {
    const ms = hours * 3_600_000;
    this.start = CHANGE_OF_TIME - CHANGE_AT * ms;
    this.end = this.start + ms;
    this.partMs = ms / PARTS;
  }

  /** The number of the part at a moment. */
  partAt(now: number): number {
    return Math.floor((now - this.start) / this.partMs);
  }

  /** What happens in a part. */
  incidentIn(part: number): Incident | undefined {
    return INCIDENTS[part];
  }

  /** When that happens: for two fifths of the part. */
  periodIn(part: number): Period {
    const from = this.start + (part + 0.1) * this.partMs;
    return { from, to: from + 0.4 * this.partMs };
  }

  /** What happens at a moment. */
  incidentAt(now: number): Incident | undefined {
    const part = this.partAt(now);
    const { from, to } = this.periodIn(part);
    return now >= from && now < to ? this.incidentIn(part) : undefined;
  }

  /** When an administrator changes devices in a part. */
  editAt(part: number): number {
    return this.start + (part + 0.6) * this.partMs;
  }

  /** How far the wall clock of the bot is ahead of the simulated time: set back once, then set forward too far. */
  wallOffset(now: number): number {
    let offset = 0;
    for (const [part, incident] of INCIDENTS.entries()) {
      if (now < this.periodIn(part).from) break;
      // More than the shortest interval, however short the soak is.
      if (incident === "clock back") offset -= Math.max(90_000, this.partMs / 10);
      if (incident === "clock forward") offset += Math.max(180_000, this.partMs / 4);
    }
    return offset;
  }

  /** How far the slots are ahead of the simulated time: they follow the wall clock forward, but never back. */
  slotOffset(now: number): number {
    return Math.max(0, this.wallOffset(now));
  }
}

/** How the device of a number behaves at a moment. */
export function behaviour(
  n: number,
  incident: Incident | undefined,
): "answers" | "fails" | "hangs" | "never returns" {
  if (n % 125 === 9 || incident === "devices hang" && n % 10 === 0) return "hangs";
  if (n % 125 === 59 || incident === "devices hang" && n % 10 === 5) return "never returns";
  if (n % 50 === 7 || incident === "devices fail" && n % 4 === 1) return "fails";
  return "answers";
}

/** The intervals of the device of a number, in seconds. */
export function intervalsOf(n: number): number[] {
  return [[60], [60], [60], [60, 300], [60, 300], [60, 300], [300], [120, 3600], [60, 900], [60]][
    n % 10
  ]!;
}

/** The origin of the slots of every other device, in UNIX seconds; the bot chooses those of the rest. */
export function startTsOf(n: number, start: number): number | undefined {
  return n % 2 === 0 ? Math.floor(start / 1000) - 7200 + n * 7 : undefined;
}

/** The path of the values of a device at an interval. The value is the slot, in milliseconds. */
export function pathOf(n: number, interval: number): string {
  return `soak.${n}.${interval}`;
}
