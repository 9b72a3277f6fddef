import { envProxy } from "./env_proxy.ts";
import type { Transport } from "./request.ts";

/** The used part of what Deno has and other runtimes lack. */
interface DenoHttp {
  createHttpClient?(options: { readonly http1: boolean; readonly http2: boolean }): Disposable;
}

/**
 * `globalThis.fetch` over connections of its own.
 *
 * On Deno these speak HTTP/1.1. Over HTTP/2, Deno goes on using a connection on which a request timed out, so that nothing
 * gets through anymore once a connection has gone silent. Other runtimes use HTTP/1.1 anyway.
 */
export class Connections implements Transport, Disposable {
  #client: Disposable | undefined;

  /** Like `globalThis.fetch`, which is looked up at each request, so that tests can replace it. */
  readonly fetch: typeof fetch = (input, init) => {
    this.#client ??= createClient();
    if (this.#client === undefined) return globalThis.fetch(input, init);
    const withClient: object = { ...init, client: this.#client };
    return globalThis.fetch(input, withClient);
  };

  /** Names the forward proxy that the runtime uses for a URL; see {@linkcode envProxy}. */
  proxyOf(url: string): string | undefined {
    return envProxy(url);
  }

  /** Closes the connections. The next request opens new ones. */
  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }
}

function createClient(): Disposable | undefined {
  const { Deno } = globalThis as { readonly Deno?: DenoHttp };
  return Deno?.createHttpClient?.({ http1: true, http2: false });
}
