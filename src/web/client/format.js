/**
 * A number with as many digits as one can take in, such as `1,234`, `0.0512` or `1.5M`.
 *
 * @param {number} value
 * @returns {string}
 */
export function formatNumber(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (size >= 1e15 || (size > 0 && size < 1e-4)) return value.toExponential(2);
  const compact = size >= 1e5 ? /** @type {const} */ ("compact") : undefined;
  return value.toLocaleString("en", {
    maximumSignificantDigits: size >= 1000 && !compact ? Math.ceil(Math.log10(size + 1)) : 4,
    ...(compact && { notation: compact }),
  });
}

/**
 * A duration, such as `0.3 s`, `12 s`, `5 min`, `3 h 20 min` or `2 d`.
 *
 * @param {number} seconds
 * @returns {string}
 */
export function formatDuration(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0.0995) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} d`;
}

/**
 * The time of day, with the date if that is another day, in the viewer's time zone, such as `14:05:09` or
 * `2026-11-27 14:05:09`.
 *
 * @param {number} seconds A UNIX time.
 * @returns {string}
 */
export function formatTime(seconds) {
  const date = new Date(seconds * 1000);
  const time = date.toTimeString().slice(0, 8);
  if (date.toDateString() === new Date().toDateString()) return time;
  /** @param {number} number */
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/**
 * The label of a time axis, which is as short as the distance to the next one allows, such as `14:05` or `11-27`.
 *
 * @param {number} seconds A UNIX time.
 * @param {number} increment The distance, in seconds.
 * @returns {string}
 */
export function formatTick(seconds, increment) {
  const date = new Date(seconds * 1000);
  if (increment < 86_400) return date.toTimeString().slice(0, increment < 60 ? 8 : 5);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
