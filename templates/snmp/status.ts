import type { PollResult } from "./client/poll.ts";
import { SnmpError } from "./client/snmp_error.ts";

/**
 * Returns whether a device answered, 1 or 0, and how fast in seconds, by path below `entity.<id>.snmp`. None if this host
 * could not ask it.
 */
export function statusValues({ error, responseTimeS }: PollResult): [path: string, v: number][] {
  if (responseTimeS !== undefined) {
    return [["up", 1], ["response_time", Math.round(responseTimeS * 1e6) / 1e6]];
  }
  if (error === undefined) return [["up", 1]]; // it answered, but nothing that a sensor asked for
  if (!(error instanceof SnmpError)) return [];
  if (error.kind === "timeout") return [["up", 0]];
  // It answered that it does not accept the user.
  return error.kind === "refused" ? [["up", 1]] : [];
}
