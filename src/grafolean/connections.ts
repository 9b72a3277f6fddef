/** The used part of what Deno has and other runtimes lack. */
interface DenoHttp {
  createHttpClient?(options: { readonly http1: boolean; readonly http2: boolean }): Disposable;
}

/**
 * Connections that can be closed when they have gone silent: over HTTP/2, Deno sends further requests on a connection on
 * which one timed out, and then nothing gets through anymore. So on Deno they speak HTTP/1.1. Other runtimes speak HTTP/1.1
 * anyway and soon close idle connections.
 */
export class Connections implements Disposable {
  readonly #fetch: typeof fetch | undefined;
  #client: Disposable | undefined;

  /**
   * Constructs a new instance.
   *
   * @param customFetch Sends the requests over connections of its own. @default globalThis.fetch
   */
  constructor(customFetch?: typeof fetch) {
    this.#fetch = customFetch;
  }

  /** Sends a request. */
  fetch(url: string, init: RequestInit): Promise<Response> {
    const { Deno } = globalThis as { readonly Deno?: DenoHttp };
    if (this.#fetch !== undefined) return this.#fetch(url, init);
    this.#client ??= Deno?.createHttpClient?.({ http1: true, http2: false });
    // Looked up at each request, so that tests can replace it.
    return globalThis.fetch(url, { ...init, client: this.#client } as RequestInit);
  }

  /** Closes the connections as soon as they are idle. The next request opens new ones. */
  [Symbol.dispose](): void {
    this.#client?.[Symbol.dispose]();
    this.#client = undefined;
  }
}
