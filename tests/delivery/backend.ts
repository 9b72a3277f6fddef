/** A request with values, as a backend sees it. */
export interface ValuesRequest {
  readonly method: string;
  readonly accountId: number;
  readonly values: readonly {
    readonly p: string;
    readonly v: number | string;
    readonly t?: string;
  }[];
}

/**
 * A fetch that lets a backend answer some requests otherwise than the sandbox would.
 *
 * @param answer Returns `undefined` for the answer of the sandbox.
 */
export function answering(
  fetch: typeof globalThis.fetch,
  answer: (request: ValuesRequest) => Response | undefined | Promise<Response | undefined>,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (request.body === null) return await fetch(request);
    const body = await request.text();
    const { url, method, headers, signal } = request;
    const accountId = Number(/\/accounts\/(\d+)\//.exec(url)?.[1]);
    const answered = await answer({ method, accountId, values: JSON.parse(body) });
    return answered ?? await fetch(url, { method, headers, signal, body });
  };
}

/** The answer of Grafolean when it fails. */
export function internalServerError(): Response {
  return new Response("Internal Server Error", { status: 500 });
}
