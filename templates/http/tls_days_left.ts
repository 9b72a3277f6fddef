import { connect } from "node:tls";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Returns the days until the certificate of an `https:` page expires; negative once it has expired. */
export function tlsDaysLeft({ hostname, port }: URL, signal: AbortSignal): Promise<number> {
  const host = hostname.replace(/^\[|\]$/g, ""); // IPv6 addresses are in brackets
  const isName = !/^[\d.]+$|:/.test(host);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isName ? { servername: host } : {}),
      // fetch has already verified the certificate, and nothing is sent here.
      rejectUnauthorized: false,
    });
    const abort = () => socket.destroy(new Error("no certificate in time"));
    socket.once("secureConnect", () => {
      const validTo = Date.parse(socket.getPeerCertificate().valid_to);
      socket.end();
      resolve((validTo - Date.now()) / DAY_MS);
    });
    socket.once("error", reject);
    socket.once("close", () => signal.removeEventListener("abort", abort));
    signal.addEventListener("abort", abort, { once: true });
  });
}
