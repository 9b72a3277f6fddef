// Finds a different number of devices at each refresh and keeps them in the file named by its argument, until it is killed.

import { device, FakeBackend } from "./fake_backend.ts";

const backend = new FakeBackend([5], Deno.args[0]!);
for (let n = 1;; n++) {
  backend.account(5, Array.from({ length: 300 + n }, (_, id) => device(id + 1)));
  await backend.fetch();
  // deno-lint-ignore no-console -- whoever kills it waits for that
  if (n === 1) console.log("writing");
}
