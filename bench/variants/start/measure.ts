// Starts a program several times, and prints the median of the time until it ends or its first POST, and of its CPU time.
//
// Arguments: STARTS PROGRAM ARGUMENT…, to which the URL of a backend that only answers 204 is added

// deno-lint-ignore-file no-console

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { summarize } from "../../harness/statistics.ts";

const [starts, ...program] = Deno.args;

let postedAt: number | undefined;
const server = createServer((request, response) => {
  if (request.method === "POST") postedAt ??= performance.now();
  request.resume();
  request.once("end", () => response.writeHead(204).end());
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;

const times: number[] = [];
const cpus: number[] = [];
// The first one is for the caches of Deno and of the disk.
for (let n = 0; n <= Number(starts); n++) {
  postedAt = undefined;
  const startedAt = performance.now();
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", 'TIMEFORMAT="%U %S"; time "$@"', "bash", ...program, url],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${program.join(" ")} failed\n${text}`);
  if (n === 0) continue;
  times.push((postedAt ?? performance.now()) - startedAt);
  const [user, system] = text.trim().split("\n").at(-1)!.split(" ").map(Number);
  cpus.push((user! + system!) * 1000);
}
console.log(JSON.stringify({ time: summarize(times).median, cpu: summarize(cpus).median }));
server.close();
