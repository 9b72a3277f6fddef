import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Some viewers with a browser's six connections each. */
export const MAX_CONNECTIONS = 256;

/**
 * Bounds the connections of a server. Whoever opens many and sends nothing must not keep others out: of too many, those
 * are dropped first that wait for a request, the oldest first. Deno has no timeout for them.
 */
export class ConnectionLimit {
  readonly #open = new Set<Socket>();
  /** Those that wait for a request, the oldest first. */
  readonly #silent = new Set<Socket>();

  /** Called with a new connection. */
  add(socket: Socket): void {
    this.#open.add(socket);
    this.#silent.add(socket);
    socket.once("close", () => this.#remove(socket));
    if (this.#open.size <= MAX_CONNECTIONS) return;
    // The new one itself if all others are being answered.
    const [oldest = socket] = this.#silent;
    this.#remove(oldest);
    oldest.destroy();
  }

  /** Called when the head of a request has come. */
  onRequest(socket: Socket, response: ServerResponse): void {
    this.#silent.delete(socket);
    response.once("finish", () => {
      if (this.#open.has(socket)) this.#silent.add(socket);
    });
  }

  #remove(socket: Socket): void {
    this.#open.delete(socket);
    this.#silent.delete(socket);
  }
}
