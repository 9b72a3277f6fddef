import { pathOf, type Period, startTsOf } from "./script.ts";

/** An interval of a device, and from when to when it has it, in milliseconds of the clock of the slots. */
export interface Lifetime {
  readonly n: number;
  readonly interval: number;
  readonly from: number;
  to: number;
}

/** What became of the slots. */
export interface SlotReport {
  /** Slots that must have had a run. */
  expected: number;
  /** Slots that had one of their own. */
  seen: number;
  /** Slots that were merged into the next run, when that is right: asleep, clock set forward, device that hung. */
  merged: number;
  /** What must not be, at most a few of each kind. */
  readonly problems: Map<string, { count: number; readonly examples: string[] }>;
}

interface Options {
  /** The origin of the slots of devices with `startTs` depends on the start of the soak, in milliseconds. */
  readonly start: number;
  /** How long the bot may take to notice a change, in milliseconds. */
  readonly slackMs: number;
  /** When slots of a device may be merged into the next run. */
  readonly exempt: (n: number) => readonly Period[];
}

/**
 * Compares the slots that should have run with the stored values, by the documented rules alone: the slots of a job are
 * an interval apart, those of all its intervals are counted from one origin, each has one run, and what is missed is
 * merged into the next.
 *
 * @param stored The stored values by path: the slots of the runs, in milliseconds.
 */
export function compareSlots(
  lifetimes: readonly Lifetime[],
  stored: ReadonlyMap<string, readonly number[]>,
  { start, slackMs, exempt }: Options,
): SlotReport {
  const report: SlotReport = { expected: 0, seen: 0, merged: 0, problems: new Map() };
  const complain = (kind: string, example: string) => {
    const problem = report.problems.get(kind) ?? { count: 0, examples: [] };
    report.problems.set(kind, problem);
    if (++problem.count <= 3) problem.examples.push(example);
  };
  const phases = new Map<number, Map<number, number>>();
  for (const { n, interval, from, to } of lifetimes) {
    const path = pathOf(n, interval);
    const slots = [...stored.get(path) ?? []].sort((a, b) => a - b);
    const periodMs = interval * 1000;
    const startTs = startTsOf(n, start);
    // The first run of a new job is not at a slot, unless it has a startTs.
    const phase = startTs === undefined
      ? mostFrequent(slots.slice(1), periodMs)
      : startTs * 1000 % periodMs;
    if (startTs === undefined && slots[0]! > from + slackMs && to > from + slackMs) {
      complain("late first run", `${path} at ${time(slots[0]!)}, known since ${time(from)}`);
    }
    for (const [index, slot] of slots.entries()) {
      if (slot === slots[index - 1]) complain("slot ran twice", `${path} at ${time(slot)}`);
      if (slot < from || slot > to + slackMs) {
        complain("run outside of the lifetime", `${path} at ${time(slot)}`);
      }
    }
    if (phase === undefined) {
      if (to - from > slackMs + 2 * periodMs) complain("never ran", path);
      continue;
    }
    const others = phases.get(n) ?? new Map<number, number>();
    phases.set(n, others.set(interval, phase));
    const ran = new Set(slots);
    const periods = exempt(n);
    const isExempt = (slot: number) => periods.some(({ from, to }) => slot >= from && slot <= to);
    const first = Math.ceil((from + slackMs - phase) / periodMs) * periodMs + phase;
    for (let slot = first; slot < to; slot += periodMs) {
      report.expected++;
      if (ran.has(slot)) report.seen++;
      else if (!isExempt(slot)) complain("slot without a run", `${path} at ${time(slot)}`);
      else if (slots.some((other) => other > slot)) report.merged++;
      else complain("slot not merged into a later run", `${path} at ${time(slot)}`);
    }
    // A run that stands for a missed slot may be at that of another interval.
    const odd = slots.filter((slot) => {
      const last = slot - (slot - phase) % periodMs;
      return slot >= first && slot < to && slot !== last && (ran.has(last) || !isExempt(last));
    });
    for (const slot of odd) complain("run off the phase", `${path} at ${time(slot)}`);
  }
  for (const [n, byInterval] of phases) {
    const all = [...byInterval].sort(([a], [b]) => a - b);
    const [shortest, phase] = all[0]!;
    for (const [interval, other] of all) {
      if (interval % shortest === 0 && other % (shortest * 1000) !== phase) {
        complain(
          "intervals with different origins",
          `device ${n}, ${shortest} s and ${interval} s`,
        );
      }
    }
  }
  return report;
}

/** The most frequent remainder. */
function mostFrequent(slots: readonly number[], periodMs: number): number | undefined {
  const counts = new Map<number, number>();
  for (const slot of slots) counts.set(slot % periodMs, (counts.get(slot % periodMs) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Shows a moment in UTC. */
function time(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
