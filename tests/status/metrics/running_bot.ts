import type { RunningBot } from "../../../src/bot/status_port.ts";
import type { Collector } from "../../../src/collector/collector.ts";
import { createLogger } from "../../../src/util/log.ts";

/** A running bot with a collector, or one that waits for its token. */
export function runningBot(
  collector: Collector | undefined,
  changes: Partial<RunningBot> = {},
): RunningBot {
  return {
    name: "demo",
    version: "1.2.3",
    startedAt: 1_800_000_000,
    env: {},
    log: createLogger(() => {}),
    redact: (text) => text,
    collector,
    onCollector: (use) => collector === undefined ? undefined : use(collector),
    problems: () => [],
    health: () => ({
      ok: true,
      line: "demo is healthy",
      state: collector === undefined ? "waiting" : "collecting",
      since: 1_800_000_000,
    }),
    ...changes,
  };
}
