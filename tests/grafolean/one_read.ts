/** Reads from the Grafolean at a URL, on any runtime, and prints the answer or the error. */

// deno-lint-ignore-file no-console

import process from "node:process";
import { GrafoleanClient } from "../../src/grafolean/client.ts";

const asIs = (json: unknown): unknown => json;

const [url = "", token = ""] = process.argv.slice(2);
const client = new GrafoleanClient(url, token, { maxAttempts: 1 });
try {
  console.log(JSON.stringify(await client.get("/profile", asIs)));
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : error);
} finally {
  client[Symbol.dispose]();
}
