import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { waitForGrafolean } from "../../src/grafolean/wait_for_grafolean.ts";
import { Sandbox } from "../../src/testing/mod.ts";
import { ConfigError, GrafoleanError } from "../../src/util/errors.ts";
import { createLogger } from "../../src/util/log.ts";
import { ProblemLog } from "../../src/util/problem_log.ts";
import { VirtualTime } from "../virtual_time.ts";

const URL_ = "http://grafolean.test/api";

const READY = { alive: true, db_migration_needed: false, db_version: 30, user_exists: true };
const NO_USER = { ...READY, user_exists: false };
const NO_TABLES = { ...READY, db_migration_needed: true, db_version: 0, user_exists: null };

type Answer = unknown | ((request: Request) => Response | Promise<Response>);

/** A log of problems, and its lines above debug level without durations, since the waits are random. */
function problemLog(): { problems: ProblemLog; logged: string[] } {
  const logged: string[] = [];
  const problems = new ProblemLog(createLogger(({ level, message }) => {
    if (level === "debug") return;
    const text = message.replace(/ \(\d+ times in .*?\)$/, "").replace(/after \d+ \w+/, "after …");
    logged.push(`${level}: ${text}`);
  }));
  return { problems, logged };
}

/** Waits for a Grafolean with these answers, the last one repeatedly, in virtual time. */
async function wait(
  answers: readonly Answer[],
  { deadline, backendUrl = URL_, atApi }: {
    deadline?: number;
    backendUrl?: string;
    /** What is at the backend URL with `/api`. */
    atApi?: () => Response;
  } = {},
): Promise<{ logged: string[]; delays: number[]; requests: Request[]; error: unknown }> {
  using time = new VirtualTime(1_000_000);
  const { problems, logged } = problemLog();
  const sentAt: number[] = [];
  const requests: Request[] = [];
  const waiting = waitForGrafolean(backendUrl, {
    problems,
    deadline,
    fetch: async (input, init) => {
      sentAt.push(time.now());
      const request = new Request(input, init);
      // Only the tests of a missing /api use another path.
      if (!request.url.startsWith(`${backendUrl.replace(/\/$/, "")}/status`)) {
        return atApi?.() ?? new Response("", { status: 404 });
      }
      const n = requests.push(request);
      const answer = answers[Math.min(n, answers.length) - 1];
      return typeof answer === "function" ? await answer(request) : Response.json(answer);
    },
  });
  const error = await time.until(waiting.catch((error) => error), 3600);
  const delays = sentAt.slice(1).map((at, n) => at - sentAt[n]!);
  return { logged, delays, requests, error };
}

const WAITING = `warn: Waiting as Grafolean at ${URL_} `;
const REQUEST = " (GET /status/info)";
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
    `${WAITING}cannot be reached: connect ECONNREFUSED 10.0.0.1:80${REQUEST}`,
    `${WAITING}answered 502: the web server in front of Grafolean got no answer from it: Grafolean is not up or overloaded${REQUEST}`,
    `${WAITING}answered 500: its database cannot be reached${REQUEST}`,
    `${WAITING}needs its database to be created or upgraded: open http://grafolean.test in a browser${REQUEST}`,
    `${WAITING}has no user yet: create the admin user at http://grafolean.test${REQUEST}`,
    `info: Resolved after … (6 times): Waiting as Grafolean at ${URL_} has no user yet: create the admin user at http://grafolean.test (GET /…`,
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
  const { logged } = await wait(answers, { backendUrl: "http://grafolean.test/" });
  const waiting = WAITING.replace("/api", "");
  const hint = "the backend URL usually ends with /api";
  assertEquals(logged, [
    `${waiting}answered 200 with HTML: ${hint}, and check for a proxy in between${REQUEST}`,
    `${waiting}answered 404: an HTML page of a proxy; ${hint}${REQUEST}`,
    `${waiting}answered 301: a redirect to https://grafolean.test/api/; set the backend URL to the address of Grafolean itself${REQUEST}`,
    `${waiting}returned a status whose "db_migration_needed" is a string, expected true or false${REQUEST}`,
    `${waiting}returned a status that is a list, expected an object${REQUEST}`,
    `${waiting}answered 200 with something that is not JSON: ${hint}, and check for a proxy in between${REQUEST}`,
    `${waiting}answered 404: no reason given; ${hint}${REQUEST}`,
    `${
      waiting.replace("warn: ", "info: Resolved after … (7 times): ")
    }answered 404: no reason given; ${hint} (GET…`,
  ]);
});

Deno.test("waitForGrafolean names the URL with /api if Grafolean is there", async () => {
  const backendUrl = "http://grafolean.test";
  for (const status of [READY, NO_USER, NO_TABLES]) {
    const atApi = () => Response.json(status);
    const { logged, error } = await wait([html(200)], { backendUrl, atApi });
    assert(error instanceof ConfigError);
    assertEquals(error.problems, [
      `BACKEND_URL: no Grafolean answers at ${backendUrl}, but one does at ${URL_}: use that URL`,
    ]);
    assertEquals(logged, []);
  }
  // Nothing answers, or what answers is Grafolean itself.
  for (const answer of [() => Promise.reject(new TypeError("refused")), NO_USER]) {
    const atApi = () => Response.json(READY);
    const { error } = await wait([answer, READY], { backendUrl, atApi });
    assertEquals(error, undefined);
  }
  const { error } = await wait([html(200), READY], { backendUrl, atApi: html(502) });
  assertEquals(error, undefined);
});

Deno.test("waitForGrafolean says for how long it waits", async () => {
  const { logged } = await wait([NO_USER, READY], { deadline: 60 });
  assertStringIncludes(logged[0]!, "warn: Waiting for up to 60 s as Grafolean at");
});

Deno.test("waitForGrafolean recognizes a port that wants HTTPS", async () => {
  const { logged } = await wait([
    () => new Response("Please use HTTPS!\n", { status: 400 }),
    READY,
  ]);
  assertStringIncludes(logged[0]!, `${WAITING}answered 400: the port wants HTTPS: use https://`);
});

Deno.test("waitForGrafolean asks again when Retry-After allows it, for up to 5 minutes", async () => {
  const busy = (seconds: string) => () =>
    new Response("", { status: 503, headers: { "retry-after": seconds } });
  const { logged, delays } = await wait([busy("100"), busy("999999999"), READY]);
  // Virtual time passes in steps.
  assertEquals(delays.map((ms) => Math.floor(ms / 1000)), [100, 300]);
  assertStringIncludes(logged[0]!, "Grafolean is not up or overloaded; it asks to wait for 100 s");

  const { error, requests } = await wait([busy("100"), READY], { deadline: 60 });
  assert(error instanceof GrafoleanError);
  assertStringIncludes(error.message, "answered 503: ");
  assertEquals(requests.length, 1);
});

Deno.test("waitForGrafolean asks less and less often, and logs a reason once", async () => {
  const { logged, delays } = await wait([...Array(50).fill(NO_USER), READY]);
  assertEquals(delays.length, 50);
  for (const [n, ms] of delays.entries()) {
    const full = Math.min(1000 * 2 ** n, 30_000);
    // Virtual time passes in steps.
    assert(ms >= full / 2 - 50 && ms <= full + 50, `wait ${n} is ${ms} ms`);
  }
  assertEquals(logged.length, 2);
});

Deno.test("waitForGrafolean throws at its deadline, with the last reason", async () => {
  const { error, delays } = await wait([NO_TABLES, NO_USER], { deadline: 60 });
  assert(error instanceof GrafoleanError);
  assertEquals(
    error.message,
    `Grafolean at ${URL_} has no user yet: create the admin user at http://grafolean.test${REQUEST}`,
  );
  assertEquals([error.method, error.status, error.url], ["GET", 200, `${URL_}/status/info`]);
  const waited = delays.reduce((sum, ms) => sum + ms, 0);
  assert(waited >= 60_000 && waited <= 60_100, `${waited} ms`);

  const once = await wait([NO_USER], { deadline: 0 });
  assertEquals([once.requests.length, once.delays, once.logged], [1, [], []]);
  assert(once.error instanceof GrafoleanError);
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
      problems: problemLog().problems,
    });
    setTimeout(() => controller.abort(reason), 10);
    assertEquals(await promise.catch((error) => error), reason);
    const again = waitForGrafolean(URL_, {
      fetch,
      signal: controller.signal,
      problems: problemLog().problems,
    });
    assertEquals(await again.catch((error) => error), reason);
  }
});

Deno.test("waitForGrafolean waits through the setup of a new installation", async () => {
  const sandbox = new Sandbox({ ready: false });
  const { logged } = await wait([
    (request: Request) => sandbox.fetch(request),
    (request: Request) => {
      sandbox.migrate();
      return sandbox.fetch(request);
    },
    (request: Request) => {
      sandbox.createFirstUser();
      return sandbox.fetch(request);
    },
  ]);
  assertEquals(logged.length, 3);
  assertStringIncludes(logged[0]!, "needs its database to be created");
  assertStringIncludes(logged[1]!, "has no user yet");
  assertStringIncludes(logged[2]!, "Resolved after");
});

Deno.test("waitForGrafolean retries after an answer that hangs", async () => {
  const { logged, requests } = await wait([() => new Promise<Response>(() => {}), READY]);
  assertEquals(requests.length, 2);
  assertEquals(logged[0], `${WAITING}did not answer within 10 s${REQUEST}`);
});
