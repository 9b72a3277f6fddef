// A bot that sends values as fast as it can, and journals those whose `sendResults` has resolved. It runs in its own
// process, to be killed.

import { appendFileSync } from "node:fs";
import process from "node:process";
import { Collector, type PerformJob, runBot } from "../../mod.ts";

const journal = process.env["JOURNAL"]!;
const accounts = process.env["ACCOUNTS"]!.split(",").map(Number);
const delivery = process.env["DELIVERY"] as "post" | "put";
const once = process.env["ONCE"] === "1";
// Ascending across restarts.
let counter = Date.now() * 1000;

const perform: PerformJob<{ number: number; accountId: number }> = async (
  _affectingIntervals,
  { number, accountId },
  context,
) => {
  while (!context.signal.aborted) {
    const from = Date.now();
    const values = Array.from({ length: 5 }, (_, n) => ({ p: `job.${number}.${n}`, v: ++counter }));
    await context.sendResults(accountId, values);
    const to = Date.now();
    // Each begins with the end of the last one, which may be cut where a process died.
    const lines = values.map(({ p, v }) => "\n" + JSON.stringify({ accountId, p, v, from, to }));
    appendFileSync(journal, lines.join(""));
    if (once) return;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
};

class BusyBot extends Collector {
  override *jobs() {
    for (const [number, accountId] of [...accounts, ...accounts].entries()) {
      yield {
        jobId: `job ${number}`,
        intervals: [1],
        performJob: perform,
        jobParams: { number, accountId },
      };
    }
  }
}

// The last one delivers what is left, however slow the machine is.
const timeouts = once ? { shutdownTimeout: 120 } : { requestTimeout: 1 };
await runBot(BusyBot, { name: "busy-bot", collector: { delivery, ...timeouts } });
