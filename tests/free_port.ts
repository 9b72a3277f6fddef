/** Returns a port of this machine on which nobody listens, and which no other test gets by listening on port 0. */
export function freePort(): number {
  for (;;) {
    // Below those that operating systems give away.
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      using listener = Deno.listen({ port, hostname: "127.0.0.1" });
      return listener.addr.port;
    } catch (error) {
      // Windows reserves some.
      const { AddrInUse, PermissionDenied } = Deno.errors;
      if (!(error instanceof AddrInUse || error instanceof PermissionDenied)) throw error;
    }
  }
}
