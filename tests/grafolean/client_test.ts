import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { BotToken } from "../../src/grafolean/bot_token.ts";
import { GrafoleanClient, type GrafoleanClientOptions } from "../../src/grafolean/client.ts";
import { Fields } from "../../src/grafolean/fields.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { VirtualTime } from "../virtual_time.ts";
import { assertHides } from "./shown.ts";

const asIs = (json: unknown): unknown => json;

const TOKEN = "5b8c1f0e-9d2a-4c7b-8e63-0fa1b2c3d4e5";

type Answer = Response | Error;

/** A client that receives these answers, the last one repeatedly. */
function clientOf(
  answers: readonly Answer[],
  options: GrafoleanClientOptions = {},
  token: BotToken | string = TOKEN,
): { client: GrafoleanClient; urls: string[] } {
  const urls: string[] = [];
  const client = new GrafoleanClient("http://host/api/", token, {
    retryDelayMs: 1,
    fetch: (input) => {
      const answer = answers[Math.min(urls.push(String(input)), answers.length) - 1]!;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer.clone());
    },
    ...options,
  });
  return { client, urls };
}

const ok = () => Response.json({ fine: true });
const refuse = (status: number) => new Response("no", { status });

Deno.test("GrafoleanClient.get attempts up to three times if a failure may pass", async () => {
  for (
    const failure of [
      ...[408, 425, 429, 500, 502, 503, 504].map(refuse),
      new TypeError("fetch failed"),
    ]
  ) {
    const recovering = clientOf([failure, failure, ok()]);
    assertEquals(await recovering.client.get("/x", asIs), { fine: true });
    assertEquals(recovering.urls.length, 3);

    const failing = clientOf([failure]);
    const error = await assertRejects(() => failing.client.get("/x", asIs), GrafoleanError);
    assertEquals(failing.urls.length, 3);
    assertEquals(error.status, failure instanceof Response ? failure.status : undefined);
  }
});

const busy = (seconds: number) =>
  new Response("", { status: 503, headers: { "retry-after": String(seconds) } });

Deno.test("GrafoleanClient.get waits for as long as Retry-After asks for, up to 10 s", async () => {
  using time = new VirtualTime(1_000_000);
  const { client, urls } = clientOf([busy(10), ok()]);
  const reads = [client.get("/x", asIs)];
  await time.pass(1);
  reads.push(client.get("/y", asIs));
  await time.pass(8);
  assertEquals(urls.length, 1, "no read is sent before that");
  await time.pass(2);
  assertEquals(await Promise.all(reads), [{ fine: true }, { fine: true }]);
  assertEquals(urls.length, 3);
});

Deno.test("GrafoleanClient.get fails until Retry-After allows a read again", async () => {
  using time = new VirtualTime(1_000_000);
  const { client, urls } = clientOf([busy(120), busy(999_999_999), ok()]);
  const fails = async (message: string) => {
    const error = await assertRejects(() => client.get("/x", asIs), GrafoleanError);
    assertStringIncludes(error.message, message);
  };
  await fails("answered 503: the web server in front of Grafolean got no answer from it: ");
  await fails("Grafolean at http://host/api asks to wait for another 120 s (GET /x)");
  assertEquals(urls.length, 1);
  await client.send({ method: "PUT", path: "/values", body: "[]" });
  assertEquals(urls.length, 2, "this is only about reads");
  await time.pass(121);
  assertEquals(await client.get("/x", asIs), { fine: true });
});

Deno.test("GrafoleanClient aborts its wait for the time of Retry-After", async () => {
  const { client, urls } = clientOf([busy(5), ok()]);
  const reason = new Error("the bot stops");
  const controller = new AbortController();
  const read = client.get("/x", asIs, controller.signal).catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, 20));
  controller.abort(reason);
  assertEquals(await read, reason);
  assertEquals(urls.length, 1);
});

Deno.test("GrafoleanClient.get does not retry a definite answer", async () => {
  const statuses = [301, 400, 401, 403, 404, 405, 413, 422, 501];
  for (const answer of [...statuses.map(refuse), new Response("<html>")]) {
    const { client, urls } = clientOf([answer, ok()]);
    await assertRejects(() => client.get("/x", asIs), GrafoleanError);
    assertEquals(urls.length, 1);
  }
});

Deno.test("GrafoleanClient lets go of its signal once a request has ended", async () => {
  const stop = new AbortController();
  const answers = [ok(), refuse(403), new Error("no"), refuse(503), ok()];
  const signals: AbortSignal[] = [];
  const { client } = clientOf([], {
    fetch: (_input, init) => {
      signals.push(init!.signal!);
      const answer = answers.shift() ?? ok();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  for (let n = 0; n < 4; n++) await client.get("/x", asIs, stop.signal).catch(() => {});
  stop.abort(new Error("the bot stops"));
  assertEquals(signals.filter(({ aborted }) => aborted), []);
});

Deno.test("GrafoleanClient.sendJson does not retry", async () => {
  for (const failure of [refuse(503), new TypeError("fetch failed")]) {
    const { client, urls } = clientOf([failure, ok()]);
    await assertRejects(() => client.sendJson("PUT", "/x", []), GrafoleanError);
    assertEquals(urls.length, 1);
  }
});

Deno.test("GrafoleanClient.request returns refusals with the time to wait", async () => {
  const { client } = clientOf([
    new Response("later", { status: 429, headers: { "retry-after": "7" } }),
  ]);
  assertEquals(await client.request({ method: "POST", path: "/x", body: "[]" }), {
    status: 429,
    body: "later",
    retryAfterMs: 7000,
  });
});

Deno.test("GrafoleanClient.send does not wait for reads", async () => {
  let read = (): void => {};
  const reads = new Promise<void>((resolve) => read = resolve);
  const client = new GrafoleanClient("http://host/api", TOKEN, {
    fetch: async (input) => {
      if (!String(input).includes("/values")) await reads;
      return ok();
    },
  });
  const waiting = Array.from({ length: 5 }, () => client.get("/x", asIs));
  const answer = await client.send({ method: "PUT", path: "/values", body: "[]" });
  assertEquals(answer.status, 200);
  read();
  await Promise.all(waiting);
});

Deno.test("GrafoleanClient.onReachable tells of every read that succeeds", async () => {
  const { client } = clientOf([ok(), refuse(404), ok()]);
  let reachable = 0;
  const stop = client.onReachable(() => reachable++);
  await client.get("/x", asIs);
  assertEquals(reachable, 1);
  await assertRejects(() => client.get("/x", asIs), GrafoleanError);
  await client.send({ method: "PUT", path: "/x" });
  assertEquals(reachable, 1, "neither a refusal nor a write counts");
  await client.get("/x", asIs);
  assertEquals(reachable, 2);
  stop();
  await client.get("/x", asIs);
  assertEquals(reachable, 2);
});

Deno.test("GrafoleanClient.probe tells whether Grafolean is ready, without the token", async () => {
  const ready = Response.json({ db_migration_needed: false, user_exists: true });
  for (
    const [answer, isReady] of [
      [ready, true],
      [Response.json({ db_migration_needed: true, user_exists: true }), false],
      [refuse(502), false],
      [new Response("<html>"), false],
      [new TypeError("fetch failed"), false],
    ] as const
  ) {
    const { client, urls } = clientOf([answer]);
    assertEquals(await client.probe(), isReady);
    assertEquals(urls, ["http://host/api/status/info"]);
  }
  const asking = clientOf([busy(300), ready]);
  assertEquals(await asking.client.probe(), false);
  assertEquals(await asking.client.probe(), false);
  assertEquals(asking.urls.length, 1, "Retry-After forbids more");

  const { client } = clientOf([ready]);
  const reason = new Error("the bot stops");
  assertEquals(await client.probe(AbortSignal.abort(reason)).catch((error) => error), reason);
});

Deno.test("GrafoleanClient sends at most three requests at once", async () => {
  let now = 0;
  let most = 0;
  const client = new GrafoleanClient("http://host/api", TOKEN, {
    fetch: async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
      return ok();
    },
  });
  await Promise.all(Array.from({ length: 20 }, () => client.get("/x", asIs)));
  assertEquals(most, 3);
});

Deno.test("GrafoleanClient.get rereads a refused token and tries the new one once", async () => {
  let rereads = 0;
  const token = new BotToken("old-token", () => {
    rereads++;
    return Promise.resolve("new-token\n");
  });
  const recovering = clientOf([refuse(401), ok()], {}, token);
  assertEquals(await recovering.client.get("/x", asIs), { fine: true });
  assertEquals(recovering.urls, ["http://host/api/x?b=old-token", "http://host/api/x?b=new-token"]);
  assertEquals(rereads, 1);

  const failing = clientOf([refuse(401)], {}, token);
  const error = await assertRejects(() => failing.client.get("/x", asIs), GrafoleanError);
  assertEquals(error.status, 401);
  assertEquals(failing.urls.length, 1, "there was no new token");
  assertHides(error, "old-token");
  assertHides(error, "new-token");
});

Deno.test("GrafoleanClient uses a token that a concurrent request has reread", async () => {
  const token = new BotToken("old-token", () => Promise.resolve("new-token"));
  const urls: string[] = [];
  const client = new GrafoleanClient("http://host/api", token, {
    fetch: async (input) => {
      urls.push(String(input));
      if (String(input).includes("new-token")) return ok();
      await token.reread();
      return refuse(401);
    },
  });
  assertEquals(await client.get("/x", asIs), { fine: true });
  assertEquals(urls.length, 2);
});

Deno.test("GrafoleanClient.get names the invalid field", async () => {
  const { client } = clientOf([Response.json({ user_id: "7", secret: "hush-hush" })]);
  const error = await assertRejects(
    () => client.get("/profile", (json) => new Fields(json, "a profile").integer("user_id")),
    GrafoleanError,
    'returned a profile whose "user_id" is a string, expected a whole number (GET /profile)',
  );
  assertEquals(error.status, 200);
  assertHides(error, "hush-hush");
  await assertRejects(
    () =>
      client.get("/profile", () => {
        throw new RangeError("a bug");
      }),
    RangeError,
  );
});

Deno.test("GrafoleanClient times out and aborts even if its fetch ignores signals", async () => {
  const client = new GrafoleanClient("http://host/api", TOKEN, {
    fetch: () => new Promise(() => {}),
    timeoutMs: 10,
    maxAttempts: 1,
  });
  await assertRejects(() => client.get("/x", asIs), GrafoleanError, "did not answer within 0.03 s");
  const controller = new AbortController();
  const reason = new Error("the bot stops");
  const work = client.request({ method: "GET", path: "/x", signal: controller.signal });
  controller.abort(reason);
  assertEquals(await work.catch((error) => error), reason);
});

Deno.test("GrafoleanClient aborts its wait for the next attempt", async () => {
  const { client, urls } = clientOf([refuse(503)], { retryDelayMs: 60_000 });
  const controller = new AbortController();
  const reason = new Error("the bot stops");
  const work = client.get("/x", asIs, controller.signal);
  setTimeout(() => controller.abort(reason), 5);
  assertEquals(await work.catch((error) => error), reason);
  assertEquals(urls.length, 1);
});

Deno.test("GrafoleanClient adds the token to a path that has a query", async () => {
  const { client, urls } = clientOf([ok()], {}, "a&b=c#d");
  await client.get("/x?y=1", asIs);
  assertEquals(urls, ["http://host/api/x?y=1&b=a%26b%3Dc%23d"]);
});

Deno.test("GrafoleanClient does not reveal its token", () => {
  assertHides(clientOf([ok()]).client, TOKEN);
});

Deno.test("GrafoleanClient refuses an invalid URL or token", () => {
  assertThrows(() => new GrafoleanClient("ftp://host/api", TOKEN), TypeError, "backend URL");
  assertThrows(() => new GrafoleanClient("http://host/api", " "), TypeError, "bot token");
});

Deno.test("GrafoleanClient uses the global fetch as of the request", async () => {
  const { fetch } = globalThis;
  using client = new GrafoleanClient("http://host/api", TOKEN);
  try {
    globalThis.fetch = () => Promise.resolve(ok());
    assertEquals(await client.get("/x", asIs), { fine: true });
  } finally {
    globalThis.fetch = fetch;
  }
  assert(globalThis.fetch === fetch);
});
