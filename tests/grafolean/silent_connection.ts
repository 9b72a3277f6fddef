/** Goes on after its connection has gone silent, and prints what came of each request as JSON. */

// deno-lint-ignore-file no-console

import process from "node:process";
import { GrafoleanClient } from "../../src/grafolean/client.ts";

const asIs = (json: unknown): unknown => json;

const [url = ""] = process.argv.slice(2);
const client = new GrafoleanClient(url, "token", { maxAttempts: 1 });

async function resultOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

// All at once, so that each has a connection, and as many are idle afterwards.
const first = Array.from({ length: 5 }, () => client.send({ method: "GET", path: "/first" }));
const results = [await resultOf(Promise.all(first).then((answers) => answers.length))];
const silent = { method: "PUT", path: "/silence", body: "[]", timeoutMs: 500 } as const;
results.push(await resultOf(client.send(silent)));
results.push(await resultOf(client.get("/second", asIs)));
results.push(await resultOf(client.sendJson("POST", "/values", [1], undefined, asIs)));
results.push(await resultOf(client.probe()));
client[Symbol.dispose]();
results.push(await resultOf(client.get("/third", asIs)));
client[Symbol.dispose]();
console.log(JSON.stringify(results));
