/** When an exporter booted, in milliseconds modulo 2^32, as uptimes are. */
export interface BootTime {
  /** Its uptime in the latest packet. */
  readonly uptime: number;
  /** When it booted by its own clock. */
  readonly byExporter: number;
  /** When it booted by the clock of the bot. */
  readonly byBot: number;
}

/** Of an exporter whose protocol does not tell. */
export const UNKNOWN: BootTime = { uptime: 0, byExporter: 0, byBot: 0 };

// The seconds in a header are truncated, packets wait in queues, and clocks drift.
const TOLERANCE_MS = 3000;

// Some exporters have several clocks: two minutes were seen between a packet with templates and one with data.
const MAX_SKEW_MS = 10 * 60 * 1000;

/** Returns the boot time by a packet: by the uptime in its header, and the times when it was sent and received. */
export function bootTime(uptime: number, sentAt: number, receivedAt: number): BootTime {
  return { uptime, byExporter: (sentAt - uptime) >>> 0, byBot: (receivedAt - uptime) >>> 0 };
}

/**
 * Whether two boot times are one: by the clock of the exporter, or that of the bot where the exporter's was set, or by an
 * uptime that stands still, so it is no clock.
 */
export function isSameBoot(a: BootTime, b: BootTime): boolean {
  return difference(a.byExporter, b.byExporter) <= TOLERANCE_MS ||
    difference(a.byBot, b.byBot) <= TOLERANCE_MS || a.uptime === b.uptime;
}

/** Whether two boot times may be one by several clocks of the exporter. */
export function isSimilarBoot(a: BootTime, b: BootTime): boolean {
  return difference(a.byExporter, b.byExporter) <= MAX_SKEW_MS;
}

function difference(a: number, b: number): number {
  return Math.abs((a - b) | 0);
}
