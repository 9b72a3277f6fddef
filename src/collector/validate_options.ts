import { LOG_LEVELS } from "../util/log.ts";
import type { CollectorOptions } from "./options.ts";

// A week: runtimes fire timers of more than 24.8 days at once.
const MAX_SECONDS = 7 * 24 * 60 * 60;

/**
 * Validates the arguments of a {@linkcode Collector}.
 *
 * @throws {RangeError} If one of them is invalid; the message names it.
 */
export function validateOptions(jobsRefreshInterval: number, options: CollectorOptions): void {
  validateSeconds("jobsRefreshInterval", jobsRefreshInterval);
  validateSeconds("requestTimeout", options.requestTimeout);
  validateSeconds("shutdownTimeout", options.shutdownTimeout);
  validateCount("maxConcurrentJobs", options.maxConcurrentJobs);
  validateCount("maxWaitingValues", options.maxWaitingValues);
  validateCount("maxWaitingBytes", options.maxWaitingBytes);
  validateCount("maxWaitingAge", options.maxWaitingAge);
  validateCount("maxOutboxFileBytes", options.maxOutboxFileBytes);
  const { delivery = "post", logLevel = "debug" } = options;
  if (!LOG_LEVELS.includes(logLevel)) {
    throw invalid("logLevel", logLevel, `one of ${LOG_LEVELS.join(", ")}`);
  }
  if (delivery !== "post" && delivery !== "put") {
    throw invalid("delivery", delivery, '"post" or "put"');
  }
}

function validateSeconds(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (!Number.isFinite(value) || value <= 0 || value > MAX_SECONDS) {
    throw invalid(name, value, `seconds above 0, up to ${MAX_SECONDS} (a week)`);
  }
}

function validateCount(name: string, value: number | undefined): void {
  if (value === undefined) return;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw invalid(name, value, "a whole number above 0");
  }
}

function invalid(name: string, value: unknown, expected: string): RangeError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new RangeError(`Cannot create a collector as ${name} is ${shown}: expected ${expected}`);
}
