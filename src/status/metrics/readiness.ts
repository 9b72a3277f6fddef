import type { CollectorStats } from "../../collector/stats.ts";
import type { Tally } from "./tally.ts";

/** Returns why a bot that collects is not ready; `undefined` if it polls something and has reached Grafolean. */
export function obstacleOf({ jobs, refresh }: CollectorStats, tally: Tally): string | undefined {
  if (tally.refreshedAt === undefined) {
    return refresh.ok === null
      ? "Grafolean has not answered yet which devices to poll"
      : `cannot refresh its jobs: ${refresh.error}`;
  }
  if (jobs.known > 0) return undefined;
  return "nothing to poll: Grafolean has no device for this bot, or none that is complete; --explain tells more";
}
