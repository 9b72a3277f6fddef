import type { Job } from "./job.ts";

// Jobs collected per turn of the event loop: thousands at once would take longer than a tick may be late.
const JOBS_PER_TURN = 1000;

/**
 * Collects the jobs returned by `jobs()` of a bot, without validating them.
 *
 * @throws {TypeError} If `jobs()` returns neither an iterable nor an async iterable.
 * @throws Whatever `jobs()` throws.
 */
export async function listJobs(jobs: () => unknown): Promise<Job[]> {
  const wanted: Job[] = [];
  for await (const job of asIterable(jobs())) {
    wanted.push(job);
    if (wanted.length % JOBS_PER_TURN === 0) await new Promise((next) => setTimeout(next));
  }
  return wanted;
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
