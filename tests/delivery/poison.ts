/** A fetch that lets a backend refuse values that the sandbox would take. */
export function poisoned(
  fetch: typeof globalThis.fetch,
  isBad: (body: string) => boolean,
  answer: () => Response,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (request.body === null) return await fetch(request);
    const body = await request.text();
    if (isBad(body)) return answer();
    const { method, headers, signal } = request;
    return await fetch(request.url, { method, headers, signal, body });
  };
}
