// Runs an outbox against a server that breaks the connection of every POST, and counts the requests at the socket. Runs
// on Deno and Node, and prints the counts as JSON.

// deno-lint-ignore-file no-console

import net from "node:net";
import process from "node:process";
import { Outbox } from "../../src/delivery/outbox.ts";
import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";

const DEATHS = ["reset", "end", "reset in the body", "end in the answer"] as const;

interface Arrived {
  readonly death: string;
  /** The most POSTs of one value. */
  posts: number;
  /** The number of values stored by PUT. */
  puts: number;
}

async function outboxAgainst(death: typeof DEATHS[number]): Promise<Arrived> {
  const posts = new Map<string, number>();
  const puts = new Set<string>();
  const paths = (text: string) => [...text.matchAll(/"p":"([^"]+)"/g)].map(([, p]) => p!);
  const server = net.createServer((socket) => {
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += bytes.toString();
      if (text.startsWith("POST") && death === "reset in the body" && text.includes('"p"')) {
        for (const p of paths(text)) posts.set(p, (posts.get(p) ?? 0) + 1);
        socket.resetAndDestroy();
        return;
      }
      if (!isComplete(text)) return;
      const request = text;
      text = "";
      if (request.startsWith("PUT")) {
        for (const p of paths(request)) puts.add(p);
        // Keep the connection, so that the next POST reuses it.
        socket.write("HTTP/1.1 204 No Content\r\n\r\n");
        return;
      }
      for (const p of paths(request)) posts.set(p, (posts.get(p) ?? 0) + 1);
      if (death === "reset") socket.resetAndDestroy();
      else if (death === "end") socket.end();
      else socket.end("HTTP/1.1 204 No Con");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = new GrafoleanClient(`http://127.0.0.1:${port}/api`, "token");
  const log = createLogger(() => {});
  const outbox = new Outbox({ client, log, problems: new ProblemLog(log) });
  for (let n = 0; n < 10; n++) {
    await outbox.accept(1, [{ p: `value.${n}`, v: n }]);
    while (outbox.stats().waiting > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await outbox[Symbol.asyncDispose]();
  server.close();
  return { death, posts: Math.max(...posts.values()), puts: puts.size };
}

function isComplete(request: string): boolean {
  const end = request.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /content-length: (\d+)/i.exec(request.slice(0, end))?.[1];
  return length === undefined
    ? !/transfer-encoding/i.test(request.slice(0, end)) || request.endsWith("0\r\n\r\n")
    : request.length - end - 4 >= Number(length);
}

const results: Arrived[] = [];
for (const death of DEATHS) results.push(await outboxAgainst(death));
console.log(JSON.stringify(results));
process.exit(0);
