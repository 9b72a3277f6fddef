// Answers every request with 204, and prints its URL.

// deno-lint-ignore-file no-console

const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
const { addr } = Deno.serve(options, async (request) => {
  await request.body?.pipeTo(new WritableStream());
  return new Response(null, { status: 204 });
});
console.log(`http://127.0.0.1:${addr.port}/api`);
