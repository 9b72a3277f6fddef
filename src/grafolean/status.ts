/**
 * What the HTTP statuses of the backend, and of the proxies before it, mean.
 *
 * @module
 */

const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether a request that was answered so may succeed when it is sent again later. */
export function isTransient(status: number): boolean {
  return TRANSIENT.has(status);
}

/** Reads a `Retry-After` header: seconds or a date; the result is in milliseconds, and never negative. */
export function retryAfterMs(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
