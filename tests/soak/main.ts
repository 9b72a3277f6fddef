// A bot with 500 jobs through a simulated day with faults, see CONTRIBUTING.md. This starts itself again under faketime,
// prints a line for each part of the soak, and a verdict.
//
//   deno task soak [--hours 24] [--speed 72]

// deno-lint-ignore-file no-console

import { parseArgs } from "@std/cli/parse-args";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { SEED } from "../faults/random.ts";
import type { Sample } from "./bot.ts";
import { Script } from "./script.ts";
import { judge } from "./verdict.ts";
import { World } from "./world.ts";

/** Deno wants all of them for LD_PRELOAD, /proc and /dev/shm. */
const PERMISSIONS = "--allow-all";

const flags = parseArgs(Deno.args, { string: ["hours", "speed"], unknown: usage });
const [hours, speed] = [Number(flags.hours ?? 24), Number(flags.speed ?? 72)];
// In less than an hour, a refresh finds no time between two faults.
if (!(hours >= 1 && speed >= 1)) usage();
const script = new Script(hours);
Deno.exit(await (Deno.env.has("FAKETIME") ? soak() : startUnderFaketime()));

async function startUnderFaketime(): Promise<number> {
  // Relative, as faketime takes all local times for winter time.
  const offset = ((script.start - Date.now()) / 1000).toFixed(3).replace(/^(?!-)/, "+");
  const program = [Deno.execPath(), "run", PERMISSIONS, new URL(import.meta.url).pathname];
  // Interrupted, the other process cleans up.
  Deno.addSignalListener("SIGINT", () => {});
  try {
    const { code } = await new Deno.Command("faketime", {
      args: ["-m", "-f", `${offset} x${speed}`, ...program, ...Deno.args],
      env: { TZ: "Europe/Ljubljana" },
    }).spawn().status;
    return code;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("The soak needs the program faketime: apt-get install faketime");
    return 2;
  }
}

async function soak(): Promise<number> {
  const world = new World(script);
  await world.front.up();
  // In memory: a disk does not get faster with the clock, and each commit waits for it four times.
  const folder = await Deno.makeTempDir({ prefix: "soak-", dir: "/dev/shm" });
  const log = `${folder}/bot.log`;
  await Deno.create(log);
  const path = new URL("bot.ts", import.meta.url).pathname;
  const bot = new Deno.Command(Deno.execPath(), {
    args: ["run", PERMISSIONS, "--v8-flags=--expose-gc", path, world.front.url, `${hours}`, folder],
    env: { BOT_TOKEN: world.bot.token },
    stdout: "piped",
  }).spawn();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {
      try {
        // One that is suspended would stay forever.
        bot.kill("SIGKILL");
      } catch {
        // The signal has ended it already.
      }
      rmSync(folder, { recursive: true });
      // Interrupted, faketime leaves these.
      const [, semaphore, memory] = Deno.env.get("FAKETIME_SHARED")!.split(/ ?\//);
      for (const name of [`sem.${semaphore}`, memory]) rmSync(`/dev/shm/${name}`, { force: true });
      Deno.exit(130);
    });
  }
  console.log(`${hours} h in ${(hours * 60 / speed).toFixed(1)} minutes, SEED=${SEED}\n`);
  // Not awaited: a bot that ends early has nothing more to expect.
  void world.run(bot);
  const [samples, { code }] = await Promise.all([readSamples(bot, world), bot.status]);
  await world.front.down();
  console.log();
  const problems = code === 0 ? judge(script, world, samples) : [`the bot ended with code ${code}`];
  if (problems.length === 0) {
    console.log("\nGOOD: nothing lost, nothing doubled, no slot missed, nothing has grown");
  } else {
    const kept = await Deno.makeTempFile({ prefix: "soak-", suffix: ".log" });
    await Deno.copyFile(log, kept);
    console.log(`\nBAD:\n- ${problems.join("\n- ")}\nThe log of the bot: ${kept}`);
  }
  await Deno.remove(folder, { recursive: true });
  return problems.length === 0 ? 0 : 1;
}

/** Reads what the bot prints at the end of each part, and shows it. */
async function readSamples(bot: Deno.ChildProcess, { front }: World): Promise<Sample[]> {
  const samples: Sample[] = [];
  const input = Readable.from(bot.stdout.pipeThrough(new TextDecoderStream()));
  for await (const line of createInterface({ input })) {
    const sample: Sample = JSON.parse(line);
    const before = samples.at(-1);
    const { late, stats } = sample;
    const row = {
      "local time": `${new Date(sample.time)}`.replace(/.* (..:..):.*GMT(...).*/, "$1$2"),
      "RSS MiB": sample.rssMiB.toFixed(1),
      "heap MiB": sample.heapMiB.toFixed(1),
      files: sample.files,
      timers: sample.timers,
      "late: p50": (late.p50 / 1000).toFixed(1),
      p99: (late.p99 / 1000).toFixed(1),
      max: (late.max / 1000).toFixed(1),
      runs: sample.runs - (before?.runs ?? 0),
      values: sample.collected - (before?.collected ?? 0),
      waiting: stats.values.waiting,
      requests: front.arrivals.splice(0).length,
      problems: stats.problems.length,
      "log lines": sample.logLines - (before?.logLines ?? 0),
    };
    const widths = Object.keys(row).map((title) => Math.max(title.length, 4) + 2);
    const show = (cells: readonly unknown[], incident?: string) =>
      console.log(
        cells.map((cell, n) => `${cell}`.padStart(widths[n]!)).join("") + `  ${incident}`,
      );
    if (before === undefined) show(Object.keys(row), "what happened");
    show(Object.values(row), script.parts[samples.length]?.incident);
    samples.push(sample);
  }
  return samples;
}

function usage(): never {
  console.error("Usage: deno task soak [--hours AT LEAST 1] [--speed TIMES FASTER]");
  Deno.exit(2);
}
