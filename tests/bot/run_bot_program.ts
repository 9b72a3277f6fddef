/** A bot to run in its own process. The name of a device selects what its job does. */

import {
  Collector,
  type EntityInfo,
  intervalsOf,
  type JobContext,
  runBot,
} from "@grafolean/collector";
import { statusPort } from "@grafolean/collector/status";

class NamedBot extends Collector {
  override async *jobs() {
    for await (const device of this.fetchJobConfigs("named")) {
      yield {
        jobId: device.name,
        intervals: intervalsOf(device),
        startTs: 0,
        performJob,
        jobParams: device,
      };
    }
  }
}

async function performJob(_: readonly number[], device: EntityInfo, context: JobContext) {
  const { accountId, name } = device;
  switch (name) {
    case "slow":
      await context.sendResults(accountId, { "slow.started": 1 });
      await new Promise((end) => setTimeout(end, 700));
      return await context.sendResults(accountId, { "slow.done": 1 });
    case "hangs":
      await context.sendResults(accountId, { "hangs.started": 1 });
      return await new Promise<void>(() => {});
    case "throws":
      throw new Error("no answer");
    case "careless":
      // Nobody awaits these.
      Promise.reject(new Error("left behind"));
      setTimeout(() => {
        throw new Error("thrown by a timer");
      });
      return await context.sendResults(accountId, { careless: 1 });
    default:
      return await context.sendResults(accountId, { [name]: 1 });
  }
}

await runBot(NamedBot, { name: "named-bot", version: "1.2.3", status: statusPort() });
