// What it costs to accept and deliver values: through memory, through a file, and by bare `fetch` of the same batches.
//
// Each variant runs in a process of its own, against a server in another process that only answers 204.
//
// Usage: deno run -A bench/outbox.ts [number of values, default 1,000,000]
// (-A: it starts itself again, and a process cannot start another with fewer permissions than its own.)

// deno-lint-ignore-file no-console

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as sqlite from "node:sqlite";
import { Outbox } from "../src/delivery/outbox.ts";
import { MemoryStore } from "../src/delivery/store/memory_store.ts";
import { SqliteStore } from "../src/delivery/store/sqlite_store.ts";
import { valuesRequest } from "../src/delivery/values_request.ts";
import { BotToken } from "../src/grafolean/bot_token.ts";
import { GrafoleanClient } from "../src/grafolean/client.ts";
import { createLogger } from "../src/util/log.ts";

const TOKEN = "3c4f5a44-0000-4000-8000-000000000000";
const PER_CALL = 1000;
const PER_BATCH = 500;

interface Result {
  seconds: number;
  acceptedIn: number;
  blockedMs: number;
  rssMiB: number;
}

const batch = (start: number, count: number) =>
  Array.from(
    { length: count },
    (_, n) => ({ p: `device.${(start + n) % 5000}.value`, v: start + n }),
  );

/** Measures the longest block of the event loop. */
function watchLoop(): () => number {
  let worst = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - 2);
    last = now;
  }, 2);
  return () => {
    clearInterval(timer);
    return worst;
  };
}

async function viaOutbox(url: string, values: number, file: string | undefined): Promise<Result> {
  const store = file === undefined ? new MemoryStore() : new SqliteStore(file, sqlite);
  const client = new GrafoleanClient(url, new BotToken(TOKEN));
  const log = createLogger(({ level, message }) => console.error(level, message));
  const outbox = new Outbox({
    client,
    store,
    log,
    delivery: "put",
    bounds: { values: Infinity, bytes: Infinity },
  });
  const stop = watchLoop();
  const start = performance.now();
  for (let n = 0; n < values; n += PER_CALL) {
    await outbox.accept(1, batch(n, Math.min(PER_CALL, values - n)));
  }
  const acceptedIn = (performance.now() - start) / 1000;
  const left = await outbox.flush(600_000);
  const seconds = (performance.now() - start) / 1000;
  const blockedMs = stop();
  if (left > 0) throw new Error(`${left} values are left`);
  await outbox[Symbol.asyncDispose]();
  return { seconds, acceptedIn, blockedMs, rssMiB: peakRss() };
}

async function bare(url: string, values: number): Promise<Result> {
  const stop = watchLoop();
  const start = performance.now();
  for (let n = 0; n < values; n += PER_BATCH) {
    const points = batch(n, Math.min(PER_BATCH, values - n)).map((point) => ({
      ...point,
      t: Date.now() * 1000,
    }));
    const { path, body } = valuesRequest("PUT", 1, points);
    const response = await fetch(`${url}${path}?b=${TOKEN}`, {
      method: "PUT",
      body: body!,
      headers: { "content-type": "application/json" },
    });
    if (response.status !== 204) throw new Error(`answered ${response.status}`);
    await response.body?.cancel();
  }
  const seconds = (performance.now() - start) / 1000;
  return { seconds, acceptedIn: seconds, blockedMs: stop(), rssMiB: peakRss() };
}

function peakRss(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function serve(): void {
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => response.writeHead(204).end());
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

async function self(...args: string[]): Promise<string> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename!, ...args],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`${args[0]} has failed`);
  return new TextDecoder().decode(stdout);
}

async function main(values: number): Promise<void> {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename!, "serve"],
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  const port = new TextDecoder().decode((await reader.read()).value).trim();
  const url = `http://127.0.0.1:${port}/api`;
  const folder = await Deno.makeTempDir();
  console.log(
    `${values} values, ${PER_CALL} at a time, 5,000 paths, one account, delivery by PUT`,
  );
  let reference = 0;
  for (
    const [name, ...args] of [
      ["bare fetch", "bare"],
      ["outbox in memory", "outbox"],
      ["outbox in a file", "outbox", `${folder}/outbox.db`],
    ] as const
  ) {
    const result: Result = JSON.parse(await self(args[0]!, url, `${values}`, ...args.slice(1)));
    const rate = values / result.seconds;
    reference ||= rate;
    console.log(
      `${name.padEnd(17)} ${Math.round(rate).toLocaleString("en")} values/s (${
        (rate / reference).toFixed(2)
      } of bare fetch), ` +
        `accepted ${Math.round(values / result.acceptedIn).toLocaleString("en")}/s, ` +
        `longest block ${result.blockedMs.toFixed(0)} ms, peak RSS ${result.rssMiB.toFixed(0)} MiB`,
    );
  }
  await reader.cancel();
  server.kill();
  await server.status;
  await Deno.remove(folder, { recursive: true });
}

const [mode, url = "", count = "", file] = Deno.args;
if (mode === "serve") serve();
else if (mode === "bare") console.log(JSON.stringify(await bare(url, Number(count))));
else if (mode === "outbox") console.log(JSON.stringify(await viaOutbox(url, Number(count), file)));
else await main(Number(mode ?? 1_000_000));
