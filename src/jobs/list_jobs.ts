import type { Job } from "./job.ts";

// After so many jobs others get their turn: thousands of them take longer than a tick may be late.
const TURN = 1000;

/**
 * Collects the jobs of a bot; what they are like is not checked.
 *
 * @param jobs Calls `jobs()` of the bot.
 * @throws {TypeError} If that returns nothing that could hold jobs.
 * @throws What `jobs()` throws, at once or later.
 */
export async function listJobs(jobs: () => unknown): Promise<Job[]> {
  const wanted: Job[] = [];
  for await (const job of asIterable(jobs())) {
    wanted.push(job);
    if (wanted.length % TURN === 0) await new Promise((next) => setTimeout(next));
  }
  return wanted;
}

function asIterable(returned: unknown): Iterable<Job> | AsyncIterable<Job> {
  if (typeof returned !== "object" || returned === null) {
    throw refusal(returned === null ? "null" : typeof returned);
  }
  if (Symbol.asyncIterator in returned || Symbol.iterator in returned) {
    return returned as Iterable<Job> | AsyncIterable<Job>;
  }
  throw "then" in returned
    ? refusal("a promise", '"async *jobs()" with a yield for each job, or an array without async')
    : refusal("an object");
}

function refusal(what: string, expected = "an array of jobs, or a generator of jobs"): TypeError {
  return new TypeError(`Cannot use what jobs() returned as it is ${what}: expected ${expected}`);
}
