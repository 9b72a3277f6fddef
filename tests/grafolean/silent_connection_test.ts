import { assertEquals } from "@std/assert";
import net from "node:net";
import { join } from "node:path";
import { CA_CERT, SERVER_CERT, SERVER_KEY } from "./certificates.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

/** Passes on TCP connections to a port, until they are silenced. */
class Front {
  readonly #sockets = new Set<net.Socket>();
  readonly #server: net.Server;

  constructor(port: number) {
    this.#server = net.createServer((incoming) => {
      const outgoing = net.connect(port, "127.0.0.1");
      incoming.pipe(outgoing).pipe(incoming);
      for (const socket of [incoming, outgoing]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => this.#sockets.delete(socket));
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Lets the present connections go silent, as when a machine freezes. New ones work. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

Deno.test("GrafoleanClient opens new connections when all have gone silent, also where HTTP/2 is offered", async () => {
  const requests: string[] = [];
  let firsts = 0;
  let silence = (): void => {};
  let arrived = (): void => {};
  const allArrived = new Promise<void>((resolve) => arrived = resolve);
  const abort = new AbortController();
  const tls = { cert: SERVER_CERT, key: SERVER_KEY, port: 0, hostname: "127.0.0.1" };
  const server = Deno.serve(
    { ...tls, signal: abort.signal, onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      if (path === "/api/silence") silence();
      if (path === "/api/first") {
        if (++firsts === 5) arrived();
        await allArrived;
      }
      requests.push(`${request.method} ${path} ${await request.text()}`.trim());
      return Response.json({ path, db_migration_needed: false, user_exists: true });
    },
  );
  const front = new Front(server.addr.port);
  silence = () => front.silence();
  const directory = await Deno.makeTempDir();
  try {
    const file = join(directory, "ca.pem");
    await Deno.writeTextFile(file, CA_CERT);
    const url = `https://127.0.0.1:${await front.listen()}/api`;
    const program = "tests/grafolean/silent_connection.ts";
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--no-prompt", "--allow-net=127.0.0.1", program, url],
      cwd: ROOT,
      env: { DENO_CERT: file },
    }).output();
    const printed = new TextDecoder().decode(stdout);
    const answer = (path: string) => ({ path, db_migration_needed: false, user_exists: true });
    assertEquals(printed === "" ? new TextDecoder().decode(stderr) : JSON.parse(printed), [
      5,
      `Grafolean at ${url} did not answer within 0.5 s (PUT /silence)`,
      answer("/api/second"),
      answer("/api/values"),
      true,
      answer("/api/third"),
    ]);
    assertEquals(requests, [
      ...Array(5).fill("GET /api/first"),
      "PUT /api/silence []",
      "GET /api/second",
      "POST /api/values [1]",
      "GET /api/status/info",
      "GET /api/third",
    ]);
  } finally {
    await front.close();
    abort.abort();
    await server.finished;
    await Deno.remove(directory, { recursive: true });
  }
});
