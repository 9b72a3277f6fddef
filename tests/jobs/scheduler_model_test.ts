import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Job } from "../../src/jobs/job.ts";
import { slotOrigin } from "../../src/jobs/slots.ts";
import { flush } from "./fake_time.ts";
import { type Call, setUp, START } from "./scheduler_kit.ts";

// Compares the scheduler with a naive one, which checks every job at every tick and finds slots by counting them.

const IDS = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;
type Id = typeof IDS[number];

interface Spec {
  readonly intervals: readonly number[];
  readonly params: number;
  readonly startTs: number | undefined;
  readonly firstRun: Job["firstRun"];
}

interface ModelJob extends Spec {
  origin: number;
  /** Whether it waits for its first run. */
  isNew: boolean;
  handledUpTo: number;
  /** How long its last run took to fail, in milliseconds; 0 if it succeeded, failed within a second, or the job has changed. */
  hungFor: number;
  /** How often it has changed. */
  version: number;
  due: number;
  /** Orders jobs due at the same time by when they were added. */
  readonly order: number;
}

interface Run {
  readonly jobId: string;
  readonly affecting: readonly number[];
  readonly scheduledAt: number;
  readonly params: unknown;
}

class Model {
  readonly limit: number;
  readonly jobs = new Map<Id, ModelJob>();
  /** In the order in which they came due. */
  waiting: { readonly jobId: Id; readonly job: ModelJob }[] = [];
  readonly running = new Map<
    Id,
    { readonly job: ModelJob; readonly version: number; readonly wasHanging: boolean }
  >();
  readonly runs: Run[] = [];
  skipped = 0;
  #order = 0;
  /** When a hanging job may start next if the limit is 1. */
  #turnAt = 0;
  /** How much later a hanging job starts before others. */
  #pause = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get share(): number {
    return this.limit < 8 ? 1 : Math.floor(this.limit / 4);
  }

  /** The running jobs that were hanging when they started. */
  get hanging(): number {
    return [...this.running.values()].filter(({ wasHanging }) => wasHanging).length;
  }

  update(wanted: ReadonlyMap<Id, Spec>, now: number): void {
    for (const jobId of [...this.jobs.keys()]) if (!wanted.has(jobId)) this.jobs.delete(jobId);
    this.waiting = this.waiting.filter(({ jobId }) => this.jobs.has(jobId));
    for (const [jobId, spec] of wanted) {
      if (this.jobs.has(jobId)) continue;
      const job = {
        ...spec,
        origin: slotOrigin({ jobId, ...spec }),
        isNew: (spec.firstRun ?? (spec.startTs === undefined ? "soon" : "slot")) === "soon",
        handledUpTo: now,
        hungFor: 0,
        version: 0,
        due: 0,
        order: this.#order++,
      };
      this.jobs.set(jobId, job);
      this.setDue(job, now);
    }
    for (const [jobId, { intervals, params, startTs }] of wanted) {
      const job = this.jobs.get(jobId);
      const isSame = job?.params === params && job.startTs === startTs &&
        isSameSet(job.intervals, intervals);
      if (job === undefined || isSame) continue;
      // One that hangs starts over, behind the others.
      const waits = this.waiting.find((each) => each.job === job && job.hungFor > 0);
      if (waits !== undefined) {
        this.waiting = [...this.waiting.filter((each) => each !== waits), waits];
      }
      const origin = slotOrigin({ jobId, startTs });
      const version = job.version + 1;
      Object.assign(job, { intervals, params, startTs, origin, hungFor: 0, version });
      // A job that is due stays due; past slots that only the new intervals have do not count.
      if (job.due > now) this.setDue(job, now);
    }
  }

  setDue(job: ModelJob, now: number): void {
    job.due = nextSlot(intervalsOf(job), job.origin, now);
  }

  tick(now: number): void {
    // A job that has changed while it waited may start now.
    this.fill(now);
    const due = [...this.jobs].filter(([, job]) => job.due <= now)
      .sort(([, a], [, b]) => a.due - b.due || a.order - b.order);
    for (const [jobId, job] of due) {
      const slot = job.due;
      this.setDue(job, now);
      if (this.running.has(jobId) || this.waiting.some((other) => other.job === job)) {
        this.skipped++;
        continue;
      }
      if (job.hungFor > 0 && this.waiting.every(({ job: { hungFor } }) => hungFor === 0)) {
        this.#turnAt = Math.max(this.#turnAt, slot);
        this.#pause = this.pauseAfter(job);
      }
      this.waiting.push({ jobId, job });
      // One that need not wait for others starts before later ones are looked at.
      if (this.waiting.length === 1 && job.hungFor === 0) this.fill(now);
    }
    this.fill(now);
  }

  end(jobId: Id, failedAfter: number, now: number): void {
    const run = this.running.get(jobId);
    this.running.delete(jobId);
    const job = this.jobs.get(jobId);
    if (job !== undefined && job === run?.job && job.version === run.version) {
      job.hungFor = failedAfter > 1000 ? failedAfter : 0;
    }
    this.fill(now);
  }

  /** A hanging job takes up a quarter of its place in the share. */
  pauseAfter({ hungFor }: ModelJob): number {
    return 4 * hungFor / this.share;
  }

  next(now: number): { readonly jobId: Id; readonly job: ModelJob } | undefined {
    const ready = this.waiting.find(({ job }) => job.hungFor === 0);
    const hanging = this.waiting.find(({ job }) => job.hungFor > 0);
    const isFull = this.hanging >= this.share;
    const startsAt = ready !== undefined
      ? this.#turnAt + this.#pause
      : this.limit === 1
      ? this.#turnAt
      : 0;
    if (hanging === undefined || isFull || now < startsAt) return ready;
    this.#pause = this.pauseAfter(hanging.job);
    this.#turnAt = now + this.#pause;
    return hanging;
  }

  fill(now: number): void {
    while (this.running.size < this.limit) {
      const next = this.next(now);
      if (next === undefined) return;
      this.waiting = this.waiting.filter((each) => each !== next);
      const { jobId, job } = next;
      const { intervals, origin, handledUpTo, params } = job;
      const affecting = [...new Set(intervals)].sort((a, b) => a - b)
        .filter((interval) =>
          job.isNew || slotsIn([interval], origin, handledUpTo, now).length > 0
        );
      const after = job.isNew ? now - 60_000 : handledUpTo;
      const last = slotsIn(intervalsOf(job), origin, after, now).at(-1);
      if (last === undefined) continue;
      job.isNew = false;
      job.handledUpTo = now;
      this.setDue(job, now);
      this.running.set(jobId, { job, version: job.version, wasHanging: job.hungFor > 0 });
      this.runs.push({ jobId, affecting, scheduledAt: last / 1000, params });
    }
  }
}

function isSameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.every((n) => b.includes(n)) && b.every((n) => a.includes(n));
}

/** A new job has a slot within a minute. */
function intervalsOf({ isNew, intervals }: ModelJob): readonly number[] {
  return isNew ? [...intervals, 60] : intervals;
}

function slotsIn(
  intervals: readonly number[],
  origin: number,
  after: number,
  upTo: number,
): number[] {
  const slots: number[] = [];
  for (const interval of intervals) {
    let n = Math.floor((after - origin) / interval / 1000) - 1;
    for (let slot; (slot = origin + ++n * interval * 1000) <= upTo;) {
      if (slot > after) slots.push(slot);
    }
  }
  return slots.sort((a, b) => a - b);
}

function nextSlot(intervals: readonly number[], origin: number, after: number): number {
  return slotsIn(intervals, origin, after, after + Math.min(...intervals) * 1000)[0] ?? NaN;
}

const id = fc.constantFrom(...IDS);
const spec = fc.record({
  intervals: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
  params: fc.integer({ min: 0, max: 1 }),
  startTs: fc.option(
    fc.oneof(
      fc.integer({ min: START - 5, max: START + 5 }),
      fc.double({ min: START - 5, max: START + 5, noNaN: true }),
    ),
    { nil: undefined },
  ),
  firstRun: fc.constantFrom(undefined, undefined, "soon", "slot"),
});
// In milliseconds; most ticks are about a second apart.
const wait = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 990, max: 1060 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40_000 }) },
);
// In seconds; smaller steps are jitter, which has a test of its own.
const step = fc.oneof(fc.integer({ min: -90, max: -2 }), fc.integer({ min: 2, max: 90 }));
const move = fc.oneof(
  { weight: 8, arbitrary: fc.record({ tickAfter: wait }) },
  { weight: 4, arbitrary: fc.record({ end: id, fails: fc.boolean(), after: wait }) },
  {
    weight: 2,
    arbitrary: fc.record({ update: fc.dictionary(id, spec, { maxKeys: 4 }), after: wait }),
  },
  { weight: 1, arbitrary: fc.record({ stepClock: step }) },
);

/** The expected time of the scheduler's clock, in milliseconds; forward steps of more than 1 s count. */
class ModelClock {
  #time = START * 1000;
  #ahead = 0;

  pass(ms: number): void {
    this.#time += ms;
  }

  step(ms: number): void {
    if (ms < 0) {
      this.#ahead -= ms;
      return;
    }
    const used = Math.min(this.#ahead, ms);
    this.#ahead -= used;
    this.#time += ms - used;
  }

  get now(): number {
    return this.#time;
  }
}

Deno.test("JobScheduler behaves like a naive scheduler", async () => {
  const moves = fc.array(move, { minLength: 1, maxLength: 60, size: "max" });
  const jobs = fc.dictionary(id, spec, { minKeys: 1, maxKeys: IDS.length });
  const limits = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(8));
  await fc.assert(
    fc.asyncProperty(limits, jobs, moves, async (limit, jobs, moves) => {
      const { time, scheduler, calls, job } = setUp({ maxConcurrentJobs: limit });
      const model = new Model(limit);
      const clock = new ModelClock();
      const open = new Map<string, { readonly call: Call; readonly startedAt: number }>();
      const runs: Run[] = [];

      const pass = (ms: number) => {
        time.hold(ms / 1000);
        clock.pass(ms);
      };
      const tick = () => {
        scheduler.tick();
        model.tick(clock.now);
      };
      const update = (wanted: Record<string, Spec>) => {
        const specs = new Map(Object.entries(wanted) as [Id, Spec][]);
        scheduler.update([...specs].map(([jobId, spec]): Job => {
          const { intervals, params, startTs, firstRun } = spec;
          const { startTs: _, ...rest } = job(jobId, intervals, {
            jobParams: params,
            // Timeouts are tested elsewhere.
            timeout: 1e6,
          });
          return {
            ...rest,
            ...startTs === undefined ? {} : { startTs },
            ...firstRun === undefined ? {} : { firstRun },
          };
        }));
        model.update(specs, clock.now);
      };
      const end = (jobId: Id, fails: boolean) => {
        const run = open.get(jobId);
        if (run === undefined) return;
        open.delete(jobId);
        if (fails) run.call.reject(new Error("no"));
        else run.call.resolve();
        model.end(jobId, fails ? time.monotonic() - run.startedAt : 0, clock.now);
      };
      const compare = async () => {
        await flush();
        for (const call of calls.splice(0)) {
          const { jobId, affecting, params, context: { scheduledAt } } = call;
          assert(!open.has(jobId), `runs of "${jobId}" overlap`);
          open.set(jobId, { call, startedAt: time.monotonic() });
          runs.push({ jobId, affecting, scheduledAt, params });
        }
        assertEquals(runs, model.runs);
        const { running, waiting, runs: { skipped } } = scheduler.stats();
        assertEquals(
          { running, waiting, skipped },
          { running: model.running.size, waiting: model.waiting.length, skipped: model.skipped },
        );
        assert(running <= limit && model.hanging <= model.share);
      };

      update(jobs);
      for (const move of moves) {
        if ("tickAfter" in move) {
          pass(move.tickAfter);
          tick();
        } else if ("end" in move) {
          pass(open.has(move.end) ? move.after : 0);
          end(move.end, move.fails);
        } else if ("update" in move) {
          pass(move.after);
          update(move.update);
        } else {
          time.step(move.stepClock);
          clock.step(move.stepClock * 1000);
          tick();
        }
        await compare();
      }

      // No place is lost and nobody waits forever: once runs end, every job runs again.
      const missing = new Set(model.jobs.keys());
      for (let n = 0; n < 100 && missing.size > 0; n++) {
        pass(1_000_000);
        tick();
        await compare();
        for (let run; (run = [...open.keys()][0] as Id | undefined) !== undefined;) {
          missing.delete(run);
          end(run, false);
          await compare();
        }
      }
      assertEquals([...missing], []);
    }),
    { numRuns: 200 },
  );
});
