// Starts a program several times, and prints the median of the time until it ends or its first POST, and of its CPU time.
//
// Arguments: a script in start/; "deno" or "node"; STARTS

// deno-lint-ignore-file no-console

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { summarize } from "../harness/statistics.ts";

const [script = "", runtime, starts] = Deno.args;

let postedAt: number | undefined;
const server = createServer((request, response) => {
  if (request.method === "POST") postedAt ??= performance.now();
  request.resume();
  request.once("end", () => response.writeHead(204).end());
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;

const path = join(import.meta.dirname!, "start", script);
const folder = await Deno.makeTempDir();
const program = runtime === "deno"
  ? `"${Deno.execPath()}" run --no-prompt --allow-read --allow-net=127.0.0.1 "${path}"`
  : `node "${folder}/bundle.mjs"`;
if (runtime === "node") {
  // Node 20 runs no TypeScript.
  await run(`"${Deno.execPath()}" bundle --quiet --output "${folder}/bundle.mjs" "${path}"`);
}
const times: number[] = [];
const cpus: number[] = [];
// The first one is for the caches of Deno and of the disk.
for (let n = 0; n <= Number(starts); n++) {
  postedAt = undefined;
  const startedAt = performance.now();
  const cpu = await run(`TIMEFORMAT="%U %S"; time ${program} ${url}`);
  if (n === 0) continue;
  times.push((postedAt ?? performance.now()) - startedAt);
  const [user, system] = cpu.trim().split("\n").at(-1)!.split(" ").map(Number);
  cpus.push((user! + system!) * 1000);
}
console.log(JSON.stringify({ time: summarize(times).median, cpu: summarize(cpus).median }));
server.close();
await Deno.remove(folder, { recursive: true });

/** Runs a line of a shell, and returns what it prints to standard error. */
async function run(line: string): Promise<string> {
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", line],
    stdin: "null",
    stdout: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${line} failed\n${text}`);
  return text;
}
