// Uses one signal again and again, as a bot does. Node warns of a leak when it has more than 10 listeners.

import { GrafoleanClient } from "../../src/grafolean/client.ts";
import { Limiter } from "../../src/util/limiter.ts";
import { orderedMap } from "../../src/util/ordered_map.ts";
import { waitFor } from "../../src/util/wait_for.ts";

const asIs = (json: unknown): unknown => json;

const { signal } = new AbortController();
const limiter = new Limiter(1);
const client = new GrafoleanClient("http://host/api", "token", {
  fetch: () => Promise.resolve(Response.json({})),
});
for (let n = 0; n < 15; n++) {
  await Promise.all([1, 2].map(() => limiter.run(() => Promise.resolve(), signal)));
  for await (const _ of orderedMap([1], 1, () => Promise.resolve(), signal));
  await client.get("/status/info", asIs, signal);
  await waitFor(Promise.resolve(), { signal });
}
