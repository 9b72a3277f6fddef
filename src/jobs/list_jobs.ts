import { isTurnOver, nextTurn } from "../util/turns.ts";
import type { Job } from "./job.ts";

/**
 * Passes the jobs that `jobs()` of a bot returns to `add`, one by one, without validating them.
 *
 * @throws {TypeError} If `jobs()` returns neither an iterable nor an async iterable.
 * @throws Whatever `jobs()` throws, and the reason of `stop` if that aborts.
 */
export async function listJobs(
  jobs: () => unknown,
  add: (job: Job) => void,
  stop?: AbortSignal,
): Promise<void> {
  for await (const job of asIterable(jobs())) {
    while (isTurnOver()) await nextTurn();
    stop?.throwIfAborted();
    add(job);
  }
}

function asIterable(returned: unknown): Iterable<Job> | AsyncIterable<Job> {
  if (typeof returned !== "object" || returned === null) {
    throw unusable(returned === null ? "null" : typeof returned);
  }
  if (Symbol.asyncIterator in returned || Symbol.iterator in returned) {
    return returned as Iterable<Job> | AsyncIterable<Job>;
  }
  throw "then" in returned
    ? unusable("a promise", '"async *jobs()" with a yield for each job, or an array without async')
    : unusable("an object");
}

function unusable(what: string, expected = "an array of jobs, or a generator of jobs"): TypeError {
  return new TypeError(`Cannot use what jobs() returned as it is ${what}: expected ${expected}`);
}
