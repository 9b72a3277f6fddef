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
  readonly fetch: typeof fetch = async (input, init) => {
    const client = this.#client ??= createClient();
    if (client === undefined) return await globalThis.fetch(input, init);
    const withClient: object = { ...init, client };
    try {
      return await globalThis.fetch(input, withClient);
    } catch (error) {
      if (isTimeout(init?.signal) && client === this.#client) this[Symbol.dispose]();
      throw error;
    }
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

function isTimeout(signal: AbortSignal | null | undefined): boolean {
  return signal?.reason instanceof Error && signal.reason.name === "TimeoutError";
}

function createClient(): Disposable | undefined {
  const { Deno } = globalThis as { readonly Deno?: DenoHttp };
  return Deno?.createHttpClient?.({ http1: true, http2: false });
}
