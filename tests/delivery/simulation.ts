import { AccountQueue } from "../../src/delivery/account_queue.ts";
import type { QueuedRequest } from "../../src/delivery/account_values.ts";
import { interpretAnswer, type Verdict } from "../../src/delivery/answers.ts";
import { type FailingAccount, FailingAccounts } from "../../src/delivery/failing_accounts.ts";
import { type WaitingValue, WaitingValues } from "../../src/delivery/store/waiting_values.ts";
import type { GrafoleanAnswer } from "../../src/grafolean/request.ts";
import { random as randomOf } from "../faults/random.ts";
import { VirtualTime } from "../virtual_time.ts";

/** A backend. */
export interface Backend {
  /** How long it takes for each request, in milliseconds. @default 30 */
  readonly requestMs?: number;
  /** Whether the backend fails with 500 whenever a value is there; decided once, when the job sends it. */
  isBad?(path: string, random: () => number): boolean;
  /** How often it fails with 500 for no reason. @default 0 */
  readonly failing?: number;
  /** What is answered in its place: an answer, or none at all. `now` is in seconds. */
  fault?(request: QueuedRequest, now: number): GrafoleanAnswer | "no answer" | undefined;
  /** Whether it answers probes. @default true */
  isUp?(now: number): boolean;
}

/** Jobs that send values to one account, in seconds. */
export interface Stream extends Backend {
  readonly delivery: "post" | "put";
  readonly seed: number;
  /** @default 10 */
  readonly jobs?: number;
  /** @default 5 */
  readonly valuesPerRun?: number;
  /** @default 1 */
  readonly interval?: number;
  /** How long the jobs send values. */
  readonly duration: number;
}

/** What became of the good values of a {@linkcode Stream}. */
export interface Outcome {
  /** How many were sent by the jobs. */
  readonly good: number;
  /** When each of those that were stored was sent by its job, and when it was stored, in seconds. */
  readonly stored: readonly { readonly sentAt: number; readonly storedAt: number }[];
  /** The share of the good values that were stored within two seconds. */
  readonly inTime: number;
  /** How many bad values wait in quarantine at the end. */
  readonly quarantined: number;
  /** How many values Grafolean refused. */
  readonly refused: number;
  /** The number of requests. */
  readonly requests: number;
}

const START_S = 1_800_000_000;
// How long the values may take that are left at the end of the stream, in seconds.
const AFTERWARDS_S = 600;
// Time does not pass in longer steps, in milliseconds, for the timers of the probes.
const STEP_MS = 100;

/** Plays a stream through the queue of an account, with the pauses of {@linkcode FailingAccounts}, in virtual time. */
export async function simulate(stream: Stream): Promise<Outcome> {
  const { delivery, seed, jobs = 10, valuesPerRun = 5, interval = 1, duration } = stream;
  const { requestMs = 30 } = stream;
  using time = new VirtualTime(START_S);
  const random = randomOf(seed);
  using _random = replaceRandom(random);
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  using failing = new FailingAccounts({
    probe: () => Promise.resolve(stream.isUp?.(elapsed() / 1000) ?? true),
  });
  const queue = new AccountQueue(delivery);
  let pausedUntil = 0;
  const account: FailingAccount = {
    get failure() {
      return queue.failure;
    },
    pauseUntil(at) {
      pausedUntil = at;
    },
    retryNow() {
      pausedUntil = 0;
      queue.retryForbidden();
    },
  };

  const runs = Array.from({ length: jobs }, (_, job) => {
    const phase = random() * interval;
    const count = Math.ceil((duration - phase) / interval);
    return Array.from({ length: count }, (_, n) => ({ job, at: (phase + n * interval) * 1000 }));
  }).flat().sort((a, b) => a.at - b.at);
  const waiting = new WaitingValues();
  const sent = new Map<WaitingValue, { readonly at: number; readonly isBad: boolean }>();
  const stored: { sentAt: number; storedAt: number }[] = [];
  let nextRun = 0;
  let count = 0;
  let good = 0;
  let refused = 0;
  let requests = 0;

  const accept = () => {
    for (; nextRun < runs.length && runs[nextRun]!.at <= elapsed(); nextRun++) {
      const { job, at } = runs[nextRun]!;
      const points = Array.from({ length: valuesPerRun }, (_, n) => ({
        p: `job.${job}.${n}`,
        v: ++count,
        t: (START_S * 1000 + Math.floor(at)) * 1000 + n,
      }));
      for (const { values } of waiting.add(1, points)) {
        for (const value of values) {
          const isBad = stream.isBad?.(value.p, random) ?? false;
          sent.set(value, { at, isBad });
          if (!isBad) good++;
        }
        queue.add(values, true);
      }
    }
  };
  const answer = (request: QueuedRequest): Verdict => {
    const fault = stream.fault?.(request, elapsed() / 1000);
    if (fault === "no answer") return { kind: "unavailable" };
    if (fault !== undefined) return interpretAnswer(fault);
    const hasBad = request.batch.values.some((value) => sent.get(value)!.isBad);
    const fails = hasBad || random() < (stream.failing ?? 0);
    return interpretAnswer(
      fails ? { status: 500, body: "Internal Server Error" } : { status: 204, body: "" },
    );
  };
  const passUntil = async (at: number) => {
    time.advance(Math.min(Math.max(at - elapsed(), 0.001), STEP_MS) / 1000);
    // Lets a probe end.
    for (let turn = 0; turn < 4; turn++) await undefined;
  };

  const end = (duration + AFTERWARDS_S) * 1000;
  const isDone = () => nextRun === runs.length && stored.length + refused >= good;
  while (elapsed() < end && !isDone()) {
    accept();
    const now = { monotonic: performance.now(), wall: Date.now() };
    const at = Math.max(pausedUntil, queue.nextTry(now));
    if (at > now.monotonic) {
      await passUntil(Math.min(at - start, runs[nextRun]?.at ?? Infinity));
      continue;
    }
    const request = queue.next(now);
    if (request === undefined) {
      await passUntil(elapsed() + 1);
      continue;
    }
    requests++;
    time.advance(requestMs / 1000);
    accept();
    const verdict = answer(request);
    const storedAt = elapsed() / 1000;
    if (verdict.kind === "stored") {
      for (const value of request.batch.values) {
        if (value.row !== undefined) stored.push({ sentAt: sent.get(value)!.at / 1000, storedAt });
      }
      waiting.remove(request.batch.values);
    }
    const values = queue.settle(request, verdict, performance.now(), requestMs);
    refused += waiting.remove(values.map(({ value }) => value));
    if (queue.failure === undefined) failing.onStored(account);
    else failing.onFailed(account);
    for (let turn = 0; turn < 4; turn++) await undefined;
  }
  const inTime = stored.filter(({ sentAt, storedAt }) => storedAt - sentAt <= 2).length / good;
  return { good, stored, inTime, quarantined: queue.quarantined, refused, requests };
}

/** Replaces `Math.random`. */
function replaceRandom(random: () => number): Disposable {
  const real = Math.random;
  Math.random = random;
  return {
    [Symbol.dispose]() {
      Math.random = real;
    },
  };
}
