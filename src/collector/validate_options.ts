import type { CollectorOptions } from "./options.ts";

// Timers of the runtimes end after 24.8 days; one that is set for longer fires at once.
const LONGEST = 7 * 24 * 60 * 60;

/**
 * Checks the numbers and words among the settings of a collector.
 *
 * @throws {RangeError} If one of them cannot be used; the message names it.
 */
export function checkSettings(jobsRefreshInterval: number, options: CollectorOptions): void {
  checkSeconds("jobsRefreshInterval", jobsRefreshInterval);
  checkSeconds("requestTimeout", options.requestTimeout);
  checkSeconds("shutdownTimeout", options.shutdownTimeout);
  checkCount("maxConcurrentJobs", options.maxConcurrentJobs);
  checkCount("maxWaitingValues", options.maxWaitingValues);
  checkCount("maxWaitingBytes", options.maxWaitingBytes);
  const { delivery = "post" } = options;
  if (delivery !== "post" && delivery !== "put") {
    throw refusal("delivery", delivery, '"post" or "put"');
  }
}

function checkSeconds(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (!Number.isFinite(value) || value <= 0 || value > LONGEST) {
    throw refusal(name, value, `seconds above 0 and up to ${LONGEST}, which is a week`);
  }
}

function checkCount(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw refusal(name, value, "a whole number above 0");
  }
}

function refusal(name: string, value: unknown, expected: string): RangeError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new RangeError(`Cannot make a collector as ${name} is ${shown}: expected ${expected}`);
}
