// Nobody wants a bot to be silent for longer, least of all because of a typing error.
const MAX_RETRY_AFTER_MS = 5 * 60 * 1000;

/**
 * Parses a `Retry-After` header, which holds seconds or a date.
 *
 * @returns Milliseconds from 0 to 5 minutes; `undefined` if there is no valid header.
 */
export function parseRetryAfter(
  header: string | null,
  now: number = Date.now(),
): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  // Date.parse() even accepts "-5"; HTTP dates start with the name of a day.
  const date = /^[a-z]/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), MAX_RETRY_AFTER_MS);
}
