// What it costs to deliver values: by bare `fetch`, by the WriteApi of `@influxdata/influxdb-client` (which has no file,
// and loses what it cannot send), and by this library in memory and with a file. Then, how old fresh values become while
// a backlog is delivered, and how long a single large call holds the event loop.
//
// Each variant runs in a process of its own, against a server in another process that answers 204.
//
// Usage: deno run -A bench/delivery.ts [number of values, default 300,000]
// (-A: it starts itself again, and a process cannot start another with fewer permissions than its own.)

// deno-lint-ignore-file no-console

import { loadavg } from "node:os";
import { drain } from "./delivery_drain.ts";
import type { Cost } from "./delivery_variants.ts";

const ROUNDS = 3;
const BACKLOG = 50_000;
const ONE_CALL = 1_000_000;

const VARIANTS = [
  ["bare fetch", "bare"],
  ["influxdb-client", "influxdb"],
  ["memory", "memory"],
  ["file", "file"],
] as const;

function deno(script: string, ...args: string[]): Deno.Command {
  const path = `${import.meta.dirname}/${script}`;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", path, ...args],
    stdout: "piped",
    stderr: "inherit",
  });
}

async function run(...args: string[]): Promise<Cost> {
  const { code, stdout } = await deno("delivery_variants.ts", ...args).output();
  if (code !== 0) throw new Error(`${args[0]} has failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The median of each figure. */
function medianOf(costs: readonly Cost[]): Cost {
  const median = (figure: keyof Cost) =>
    costs.map((cost) => cost[figure]).sort((a, b) => a - b)[Math.floor(costs.length / 2)]!;
  return {
    seconds: median("seconds"),
    cpu: median("cpu"),
    blockedMs: median("blockedMs"),
    rssMiB: median("rssMiB"),
  };
}

const count = Number(Deno.args[0] ?? 300_000);
const server = deno("delivery_server.ts").spawn();
const reader = server.stdout.getReader();
const url = new TextDecoder().decode((await reader.read()).value).trim();
const folder = await Deno.makeTempDir();
const load = () => `load ${loadavg()[0]!.toFixed(1)}`;
try {
  console.log(
    `${
      count.toLocaleString("en")
    } values, 1,000 in each call, one account; medians of ${ROUNDS} rounds; ${load()}`,
  );
  const costs = VARIANTS.map((): Cost[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, variant]] of VARIANTS.entries()) {
      const file = `${folder}/outbox${round}.db`;
      costs[index]!.push(await run(variant, url, `${count}`, file));
    }
  }
  const bare = medianOf(costs[0]!);
  for (const [index, [name]] of VARIANTS.entries()) {
    const { seconds, cpu, blockedMs, rssMiB } = medianOf(costs[index]!);
    console.log(
      `  ${name.padEnd(15)} ${
        Math.round(count / seconds).toLocaleString("en").padStart(7)
      } values/s ` +
        `(${(bare.seconds / seconds).toFixed(2)} of bare fetch), CPU ${cpu.toFixed(2)} s ` +
        `(${(cpu / bare.cpu).toFixed(1)} times), event loop held ${blockedMs.toFixed(0)} ms, ` +
        `peak RSS ${rssMiB.toFixed(0)} MiB`,
    );
  }
  console.log(`One call with ${ONE_CALL.toLocaleString("en")} values; ${load()}`);
  for (const form of ["object", "list", "map"]) {
    const { seconds, blockedMs, rssMiB } = await run("one-call", url, `${ONE_CALL}`, form);
    console.log(
      `  ${form.padEnd(6)} delivered in ${seconds.toFixed(1)} s, event loop held ` +
        `${blockedMs.toFixed(0)} ms, peak RSS ${rssMiB.toFixed(0)} MiB`,
    );
  }
  const { seconds, fresh, age } = await drain(BACKLOG);
  console.log(
    `${BACKLOG.toLocaleString("en")} values wait, 200 come in each second; ${load()}\n` +
      `  delivered in ${seconds.toFixed(1)} s; age of ${fresh} fresh values when stored: ` +
      `median ${age.p50.toFixed(2)} s, p99 ${age.p99.toFixed(2)} s, at most ${
        age.max.toFixed(2)
      } s`,
  );
} finally {
  await reader.cancel();
  server.kill();
  await server.status;
  await Deno.remove(folder, { recursive: true });
}
