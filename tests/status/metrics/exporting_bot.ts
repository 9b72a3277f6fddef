/** A bot to run in its own process, which passes its metrics to OpenTelemetry. */

import { Collector, type EntityInfo, intervalsOf, type Job } from "@grafolean/collector";
import process from "node:process";
import { exportMetrics } from "../../../src/status/metrics/export_metrics.ts";
import { registeredMeter } from "../../../src/status/metrics/meter.ts";
import { runningBot } from "./running_bot.ts";

class NamedBot extends Collector {
  override async *jobs(): AsyncGenerator<Job<EntityInfo>> {
    for await (const device of this.fetchJobConfigs("named")) {
      yield {
        jobId: device.name,
        intervals: intervalsOf(device),
        jobParams: device,
        performJob: (_intervals, { accountId, name }, { sendResults }) =>
          sendResults(accountId, { [name]: 1 }),
      };
    }
  }
}

const { BACKEND_URL, BOT_TOKEN } = process.env;
const bot = new NamedBot(BACKEND_URL!, BOT_TOKEN!);
exportMetrics(runningBot(bot), registeredMeter()!);
await bot.execute();
