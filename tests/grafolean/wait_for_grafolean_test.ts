import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  waitForGrafolean,
  type WaitForGrafoleanOptions,
} from "../../src/grafolean/wait_for_grafolean.ts";
import { Sandbox } from "../../src/testing/mod.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { createLogger, type LogRecord } from "../../src/util/log.ts";
import { freePort, listenHttp } from "./listeners.ts";

const URL_ = "http://grafolean.test/api";

const READY = { alive: true, db_migration_needed: false, db_version: 30, user_exists: true };
const NO_USER = { ...READY, user_exists: false };
const NO_TABLES = { ...READY, db_migration_needed: true, db_version: 0, user_exists: null };

type Answer = unknown | (() => Response);

/** Waits for a Grafolean with these answers, the last one repeatedly, in virtual time. */
async function wait(
  answers: readonly Answer[],
  options: WaitForGrafoleanOptions = {},
  backendUrl = URL_,
): Promise<{ logged: string[]; delays: number[]; requests: Request[]; error: unknown }> {
  let time = 0;
  const records: LogRecord[] = [];
  const delays: number[] = [];
  const requests: Request[] = [];
  const error = await waitForGrafolean(backendUrl, {
    log: createLogger((record) => records.push(record)),
    now: () => time,
    delay: (ms) => {
      delays.push(ms);
      time += ms;
      return Promise.resolve();
    },
    fetch: (input, init) => {
      const n = requests.push(new Request(input, init));
      const answer = answers[Math.min(n, answers.length) - 1];
      return Promise.resolve().then(() =>
        typeof answer === "function" ? answer() : Response.json(answer)
      );
    },
    ...options,
  }).catch((error) => error);
  return {
    logged: records.map(({ level, message }) => `${level}: ${message}`),
    delays,
    requests,
    error,
  };
}

const WAITING = `warn: Waiting for Grafolean at ${URL_}: `;
const html = (status: number) => () =>
  new Response("<html>", { status, headers: { "content-type": "text/html" } });

Deno.test("waitForGrafolean logs nothing if Grafolean is ready", async () => {
  const { logged, delays, requests } = await wait([READY]);
  assertEquals([logged, delays, requests.length], [[], [], 1]);
});

Deno.test("waitForGrafolean sends no token", async () => {
  const { requests: [request] } = await wait([READY]);
  assertEquals(request?.url, "http://grafolean.test/api/status/info");
  assertEquals([...request!.headers].length, 0);
});

Deno.test("waitForGrafolean logs why Grafolean is not ready", async () => {
  const { logged } = await wait([
    () => {
      throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 10.0.0.1:80") });
    },
    html(502),
    () => new Response("Internal Server Error", { status: 500 }),
    NO_TABLES,
    NO_TABLES,
    NO_USER,
    READY,
  ]);
  assertEquals(logged, [
    `${WAITING}it cannot be reached: connect ECONNREFUSED 10.0.0.1:80`,
    `${WAITING}the web server in front of it answers 502: Grafolean is not up`,
    `${WAITING}it answers 500: its database cannot be reached`,
    `${WAITING}its database has to be created or upgraded: open http://grafolean.test in a browser`,
    `${WAITING}it has no user yet: create the admin user at http://grafolean.test`,
    `info: Grafolean at ${URL_} is ready`,
  ]);
});

Deno.test("waitForGrafolean recognizes what is not Grafolean", async () => {
  const moved = () =>
    new Response(null, { status: 301, headers: { location: "https://grafolean.test/api/" } });
  const answers = [
    html(200),
    html(404),
    moved,
    { ...READY, db_migration_needed: "no" },
    [],
    () => new Response("it works!"),
    () => new Response("", { status: 404 }),
    READY,
  ];
  const { logged } = await wait(answers, {}, "http://grafolean.test/");
  const waiting = WAITING.replace("/api", "");
  const hint = "the backend URL usually ends with /api";
  assertEquals(logged, [
    `${waiting}a web page answers instead (200): ${hint}`,
    `${waiting}a web page answers instead (404): ${hint}`,
    `${waiting}it redirects to https://grafolean.test/api/: set the backend URL to the address of Grafolean itself`,
    `${waiting}it returns a status whose "db_migration_needed" is a string, expected true or false: ${hint}`,
    `${waiting}it returns a status that is a list, expected an object: ${hint}`,
    `${waiting}it returns something that is not JSON: ${hint}`,
    `${waiting}it answers 404: ${hint}`,
    `info: Grafolean at http://grafolean.test is ready`,
  ]);
});

Deno.test("waitForGrafolean asks less and less often, and logs the reason again every five minutes", async () => {
  const reasons: string[] = [];
  const { logged, delays } = await wait([...Array(50).fill(NO_USER), READY], {
    onWait: (reason) => reasons.push(reason),
  });
  assertEquals(reasons.length, 50);
  for (const [n, ms] of delays.entries()) {
    const full = Math.min(1000 * 2 ** n, 30_000);
    assert(ms >= full / 2 && ms <= full, `wait ${n} is ${ms} ms`);
  }
  const minutes = delays.reduce((sum, ms) => sum + ms, 0) / 60_000;
  assert(
    logged.length - 1 >= Math.floor(minutes / 5.5) && logged.length - 2 <= minutes / 5,
    `${logged}`,
  );
});

Deno.test("waitForGrafolean throws at its deadline, with the last reason", async () => {
  const { error, delays } = await wait([NO_TABLES, NO_USER], { deadline: 60 });
  assert(error instanceof GrafoleanError);
  assertEquals(
    error.message,
    `Grafolean at ${URL_} is not ready after 60 s: it has no user yet: create the admin user at ` +
      "http://grafolean.test (GET /status/info)",
  );
  assertEquals([error.method, error.status, error.url], ["GET", 200, `${URL_}/status/info`]);
  assertEquals(Math.round(delays.reduce((sum, ms) => sum + ms, 0)), 60_000);

  const once = await wait([NO_USER], { deadline: 0 });
  assertEquals([once.requests.length, once.delays, once.logged], [1, [], []]);
  assert(once.error instanceof GrafoleanError);
});

Deno.test("waitForGrafolean refuses an invalid deadline or URL", async () => {
  for (const deadline of [-1, NaN]) {
    const promise = waitForGrafolean(URL_, { deadline });
    await assertRejects(() => promise, RangeError, "expected a number of seconds");
  }
  await assertRejects(() => waitForGrafolean("ftp://host/api"), TypeError, "backend URL");
});

Deno.test("waitForGrafolean rejects with the reason of its signal", async () => {
  const reason = new Error("the bot stops");
  for (
    const fetch of [
      () => new Promise<Response>(() => {}),
      () => Promise.resolve(Response.json(NO_USER)),
    ]
  ) {
    const controller = new AbortController();
    const promise = waitForGrafolean(URL_, {
      fetch,
      signal: controller.signal,
      log: createLogger(() => {}),
    });
    setTimeout(() => controller.abort(reason), 10);
    assertEquals(await promise.catch((error) => error), reason);
    const again = waitForGrafolean(URL_, { fetch, signal: controller.signal });
    assertEquals(await again.catch((error) => error), reason);
  }
});

Deno.test("waitForGrafolean waits through the setup of a new installation", async () => {
  const port = await freePort();
  const sandbox = new Sandbox({ ready: false });
  let server: AsyncDisposable | undefined;
  const steps = [
    async () => {
      server = await sandbox.listen({ port });
    },
    () => sandbox.migrate(),
    () => sandbox.createFirstUser(),
  ];
  const reasons: string[] = [];
  await waitForGrafolean(`http://127.0.0.1:${port}/api`, {
    log: createLogger(() => {}),
    onWait: (reason) => reasons.push(reason),
    delay: async () => await steps.shift()?.(),
  });
  await server?.[Symbol.asyncDispose]();
  assertEquals(reasons.length, 3);
  assertStringIncludes(reasons[0]!, "it cannot be reached: ");
  assertStringIncludes(reasons[1]!, "its database has to be created");
  assertStringIncludes(reasons[2]!, "it has no user yet");
});

Deno.test("waitForGrafolean retries after an answer that hangs", async () => {
  let requests = 0;
  await using listener = await listenHttp((_request, response) => {
    if (++requests > 1) response.end(JSON.stringify(READY));
  });
  let time = 0;
  const reasons: string[] = [];
  await waitForGrafolean(`http://127.0.0.1:${listener.port}/api`, {
    deadline: 1,
    now: () => time,
    delay: () => Promise.resolve(),
    log: createLogger(() => {}),
    onWait: (reason) => {
      reasons.push(reason);
      time = 500;
    },
  });
  assertEquals(reasons, ["it did not answer within 1 s"]);
});
