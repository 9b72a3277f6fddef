import { envProxy } from "./env_proxy.ts";
import type { Transport } from "./request.ts";

/** The used part of what Deno has and other runtimes lack. */
interface DenoHttp {
  createHttpClient?(options: { readonly http1: boolean; readonly http2: boolean }): Disposable;
}

/**
 * `globalThis.fetch` over connections of its own, so that none stays in use that has gone silent: over HTTP/2, Deno sends
 * further requests on a connection on which one timed out, and then nothing gets through anymore. So on Deno these speak
 * HTTP/1.1, and after a timeout all idle ones are closed. Other runtimes speak HTTP/1.1 anyway and soon close idle ones.
 */
export class Connections implements Transport, Disposable {
  #client: Disposable | undefined;

  /** Like `globalThis.fetch`, which is looked up at each request, so that tests can replace it. */
  readonly fetch: typeof fetch = (input, init) => {
    const client = this.#client ??= createClient();
    if (client === undefined) return globalThis.fetch(input, init);
    const withClient: object = { ...init, client };
    // Not once fetch() has failed, which is too late for a request that follows the timeout.
    init?.signal?.addEventListener("abort", (event) => {
      if (isTimeout(event.target) && client === this.#client) this[Symbol.dispose]();
    });
    return globalThis.fetch(input, withClient);
  };

  /** Names the forward proxy that the runtime uses for a URL; see {@linkcode envProxy}. */
  proxyOf(url: string): string | undefined {
    return envProxy(url);
  }

  /** Closes the connections as soon as they are idle. The next request opens new ones. */
  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }
}

function isTimeout(signal: EventTarget | null): boolean {
  const { reason } = signal as AbortSignal;
  return reason instanceof Error && reason.name === "TimeoutError";
}

function createClient(): Disposable | undefined {
  const { Deno } = globalThis as { readonly Deno?: DenoHttp };
  return Deno?.createHttpClient?.({ http1: true, http2: false });
}
