// A worker: a server that closes a connection that was idle for half a second, as Grafolean does after five seconds.

declare const self: { postMessage(message: unknown): void };

const IDLE_MS = 500;

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
self.postMessage(listener.addr.port);

for await (const connection of listener) serve(connection).catch(() => {});

async function serve(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  let timer: ReturnType<typeof setTimeout> | undefined;
  for (let text = "";;) {
    const length = await connection.read(buffer);
    clearTimeout(timer);
    if (length === null) return connection.close();
    text += new TextDecoder().decode(buffer.subarray(0, length));
    // The body of a POST is chunked.
    if (!text.endsWith(text.startsWith("POST") ? "0\r\n\r\n" : "\r\n\r\n")) continue;
    text = "";
    const answer = "HTTP/1.1 200 OK\r\nx-jwt-token: Bearer 1:a\r\ncontent-length: 2\r\n\r\n{}";
    await connection.write(new TextEncoder().encode(answer));
    timer = setTimeout(() => connection.close(), IDLE_MS);
  }
}
