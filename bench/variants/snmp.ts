// The SNMP bot polls all devices once ("devices"), or at their intervals for some seconds.
//
// Arguments: "table", "devices" or "dead"; DEVICES SECONDS, and what the server has printed

// deno-lint-ignore-file no-console

import { delay } from "@std/async/delay";
import process from "node:process";
import type { Job } from "../../mod.ts";
import { SnmpBot } from "../../templates/snmp/bot.ts";
import type { Device } from "../../templates/snmp/device.ts";
import { summarize } from "../harness/statistics.ts";
import { countPackets } from "../snmp_agent.ts";

const DEAD_INTERVAL_S = 10;

const [situation, _devices, seconds, url = "", token = "", port = ""] = Deno.args;

/** Runs for devices that answer, in UNIX milliseconds. */
const runs: { slot: number; start: number; end: number }[] = [];

/** A bot whose runs are recorded. It leaves out the interfaces, as Net-SNMP's programs do not read them either. */
class RecordedBot extends SnmpBot {
  live = 0;

  override async *jobs(): AsyncGenerator<Job<Device>> {
    for await (const job of super.jobs()) {
      if (job.jobId.endsWith("-interfaces")) continue;
      if (job.name === "live") this.live++;
      yield job.name === "live" ? { ...job, performJob: recorded(job) } : job;
    }
  }
}

function recorded({ performJob }: Job<Device>): Job<Device>["performJob"] {
  return async (affectingIntervals, device, context) => {
    const start = Date.now();
    await performJob(affectingIntervals, device, context);
    runs.push({ slot: context.scheduledAt * 1000, start, end: Date.now() });
  };
}

const bot = new RecordedBot(url, token, 3600, {
  maxConcurrentJobs: 1000,
  settings: { statusValues: false },
});

/** CPU time of this process in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The start of the process counts, too. */
async function pollOnce() {
  const packets = await countPackets(port);
  const { failed, waiting } = await bot.runOnce();
  if (failed + waiting > 0) throw new Error(`${failed} runs failed, ${waiting} values wait`);
  return { ms: performance.now(), cpu: cpuMs(), packets: await packets() };
}

async function pollOften(warmUpS: number) {
  bot.execute();
  await delay(warmUpS * 1000);
  const packets = await countPackets(port);
  const [from, cpuBefore] = [Date.now(), cpuMs()];
  await delay(Number(seconds) * 1000);
  const [to, cpu] = [Date.now(), cpuMs() - cpuBefore];
  const received = await packets();
  await delay(1000); // runs of the last slots may still go on
  const seen = runs.filter(({ slot }) => slot > from && slot <= to);
  if (situation === "table") {
    const ms = summarize(seen.map(({ start, end }) => end - start)).median;
    return { ms, cpu: cpu / seen.length, packets: received / seen.length };
  }
  const due = bot.live * (to - from) / 1000 / DEAD_INTERVAL_S;
  const late = Math.max(...seen.map(({ slot, end }) => end - slot));
  return { cpu, runs: 100 * seen.length / due, late };
}

const figures = situation === "devices"
  ? await pollOnce()
  : await pollOften(situation === "table" ? 3 : 20);
const rss = process.resourceUsage().maxRSS * 1024 / 1e6;
console.log(JSON.stringify({ ...figures, rss }));
Deno.exit();
