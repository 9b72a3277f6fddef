const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether a request that was answered so may succeed when it is sent again later. */
export function isTransient(status: number): boolean {
  return TRANSIENT.has(status);
}

// Nobody means more, and timers overflow at 24.8 days.
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Reads a `Retry-After` header: seconds or a date; the result is in milliseconds, never negative, and at most a day.
 */
export function retryAfterMs(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  // Date.parse() makes a date even of "-5"; the dates of HTTP start with the name of a day.
  const date = /^[a-z]/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), MAX_RETRY_AFTER_MS);
}
