import { delay } from "@std/async/delay";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Sandbox } from "../../src/testing/mod.ts";
import { Audit } from "./audit.ts";

/** A request at the front. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What the front does with a request. If `processed`, the backend processes it first. */
export type Action =
  | "pass"
  | {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly processed?: boolean;
  }
  /** Resets the connection: before the body was read, after it, or in the middle of the answer. */
  | { readonly reset: "before-body" | "after-body" | "mid-answer"; readonly processed?: boolean }
  /** Never finishes: no answer, half a head, or half a body. */
  | { readonly stall: "silent" | "mid-head" | "mid-body"; readonly processed?: boolean };

/** The header with the number of stored values of a POST, so that a test can count those whose answer arrived. */
export const POSTED = "x-values-posted";

/**
 * Stands in front of a sandbox on a real port, and breaks requests as networks, proxies and dying machines do. It can be
 * stopped and started again on the same port.
 */
export class Front implements AsyncDisposable {
  decide: (arrival: Arrival) => Action = () => "pass";
  /** How long every answer takes, in milliseconds. */
  latencyMs = 0;
  /** When requests have arrived, by `performance.now()`. */
  readonly arrivals: number[] = [];
  /** The largest number of requests that were under way together. */
  mostAtOnce = 0;
  /** The number of values of POSTs that the backend has stored, whether or not the answer arrives. */
  posted = 0;
  /** Whether the requests with values keep the rules of delivery. */
  readonly audit: Audit = new Audit();
  readonly #sandbox: Sandbox;
  readonly #serving = new Set<Promise<void>>();
  readonly #hostname = ownAddress();
  #server: Server | undefined;
  #port = 0;
  #atOnce = 0;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  get url(): string {
    return `http://${this.#hostname}:${this.#port}/api`;
  }

  /** Listens, if it does not yet. */
  async up(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      this.arrivals.push(performance.now());
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
      response.once("close", () => this.#atOnce--);
      const serving = this.#serve(request, response).catch(() => request.socket.destroy())
        .then(() => void this.#serving.delete(serving));
      this.#serving.add(serving);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, this.#hostname, resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    await Promise.all(this.#serving);
  }

  /** The number of requests in each second from `start`, by `performance.now()`. */
  perSecond(start: number): number[] {
    const counts: number[] = [];
    for (const time of this.arrivals) {
      const second = Math.floor((time - start) / 1000);
      if (second >= 0) counts[second] = (counts[second] ?? 0) + 1;
    }
    return Array.from(counts, (count) => count ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const path = (request.url ?? "/").replace(/\?.*$/s, "");
    // Decided once without the body, for actions that do not wait for it.
    const early = this.decide({ method, path, body: "" });
    if (typeof early === "object" && "reset" in early && early.reset === "before-body") {
      request.socket.resetAndDestroy();
      return;
    }
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    if (this.latencyMs > 0) await delay(this.latencyMs);
    const action = body === "" ? early : this.decide({ method, path, body });
    this.audit.inspect({ method, path, body }, action);
    const pass = async () => {
      const init = body === "" ? { method } : { method, body };
      const answer = await this.#sandbox.fetch(`http://sandbox${request.url}`, init);
      const values = method === "POST" && answer.status === 204 ? JSON.parse(body).length : 0;
      this.posted += values;
      return { answer, values };
    };
    if (action === "pass") {
      const { answer, values } = await pass();
      const headers = { ...Object.fromEntries(answer.headers), [POSTED]: `${values}` };
      response.writeHead(answer.status, headers);
      response.end(await answer.text());
      return;
    }
    if (action.processed) await (await pass()).answer.body?.cancel();
    if ("status" in action) {
      response.writeHead(action.status, action.headers ?? {});
      response.end(action.body ?? "");
    } else if ("reset" in action) {
      if (action.reset === "mid-answer") {
        request.socket.write("HTTP/1.1 204 No Con", () => request.socket.destroy());
      } else {
        request.socket.resetAndDestroy();
      }
    } else if (action.stall === "mid-head") {
      request.socket.write("HTTP/1.1 204 No Con");
    } else if (action.stall === "mid-body") {
      request.socket.write(
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 21\r\n\r\nInternal",
      );
    }
  }
}

/** An address of this machine that no other test uses, so that nobody takes the port while the front is down. */
function ownAddress(): string {
  // Others have only one by default.
  if (Deno.build.os !== "linux") return "127.0.0.1";
  return ["127", ...crypto.getRandomValues(new Uint8Array(3)).map((byte) => 1 + byte % 254)].join(
    ".",
  );
}
