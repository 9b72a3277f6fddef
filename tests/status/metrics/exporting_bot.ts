/** A bot to run in its own process, which passes its metrics to OpenTelemetry. */

import { Collector, type EntityInfo, intervalsOf, type Job, runBot } from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";

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

await runBot(NamedBot, { name: "named-bot", version: "1.2.3", status: statusPort() });
