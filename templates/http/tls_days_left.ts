import { connect } from "node:tls";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Asks a server for its certificate and tells how many days it is still valid; negative when it is over.
 *
 * @param url An `https:` URL of the server.
 * @param signal Ends the attempt.
 * @param now Milliseconds since 1970.
 */
export function tlsDaysLeft(url: string, signal: AbortSignal, now = Date.now()): Promise<number> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, ""); // IPv6 addresses stand in brackets
  const isName = !/^[\d.]+$|:/.test(host);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isName ? { servername: host } : {}),
      // Whether to trust it is another question, which fetch has answered. Nothing is sent here.
      rejectUnauthorized: false,
    });
    const giveUp = () => socket.destroy(new Error("no certificate in time"));
    socket.once("secureConnect", () => {
      const validTo = Date.parse(socket.getPeerCertificate().valid_to);
      socket.end();
      resolve((validTo - now) / DAY_MS);
    });
    socket.once("error", reject);
    socket.once("close", () => signal.removeEventListener("abort", giveUp));
    signal.addEventListener("abort", giveUp, { once: true });
  });
}
