// A bot with one job that sends a value at once.
import process from "node:process";
import { Collector, type Job } from "../../../mod.ts";

class Bot extends Collector {
  override jobs(): readonly Job[] {
    return [{
      jobId: "job",
      intervals: [60],
      jobParams: undefined,
      performJob: (_intervals, _params, { sendResults }) => sendResults(1, { "demo.value": 42 }),
    }];
  }
}

await new Bot(process.argv[2]!, "3c4f5a44-0000-4000-8000-000000000000").runOnce();
