import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GrafoleanClient, type GrafoleanClientOptions } from "../../src/grafolean/client.ts";
import { Connections } from "../../src/grafolean/connections.ts";
import { listCredentials } from "../../src/grafolean/routes.ts";
import { sendRequest } from "../../src/grafolean/send_request.ts";
import { GrafoleanError } from "../../src/util/errors.ts";
import { freePort } from "../free_port.ts";
import { listenHttp, listenRaw } from "./listeners.ts";
import { assertHides } from "./shown.ts";

const asIs = (json: unknown): unknown => json;

const TOKEN = "5b8c1f0e-9d2a-4c7b-8e63-0fa1b2c3d4e5";
// No real token looks like this, but runtimes and proxies encode these characters in different ways.
const ODD_TOKEN = "a+b/c=d&e?f#g%h'i(j)k*l!m~n|o^p{q}r";

const clients: GrafoleanClient[] = [];

function clientOf(
  port: number,
  options: GrafoleanClientOptions = {},
  { url = `http://127.0.0.1:${port}/api`, token = TOKEN } = {},
): GrafoleanClient {
  const client = new GrafoleanClient(url, token, { maxAttempts: 1, ...options });
  clients.push(client);
  return client;
}

Deno.test.afterEach(() => {
  for (const client of clients.splice(0)) client[Symbol.dispose]();
});

async function errorOf(work: Promise<unknown>, token = TOKEN): Promise<GrafoleanError> {
  const error = await assertRejects(() => work, GrafoleanError);
  assertHides(error, token);
  return error;
}

for (const token of [TOKEN, ODD_TOKEN]) {
  const name = token === TOKEN ? "the token" : "an odd token";

  Deno.test(`GrafoleanClient hides ${name} when nobody listens`, async () => {
    const port = freePort();
    const error = await errorOf(clientOf(port, {}, { token }).get("/profile", asIs), token);
    assertStringIncludes(
      error.message,
      `Grafolean at http://127.0.0.1:${port}/api cannot be reached: `,
    );
    assertStringIncludes(error.message, "refused");
    assertStringIncludes(error.message, " (GET /profile)");
    assertEquals(error.url, `http://127.0.0.1:${port}/api/profile?b=***`);
    assertEquals([error.method, error.status, error.body], ["GET", undefined, undefined]);
    assert(error.cause instanceof Error, "the error of the runtime is kept");
  });

  Deno.test(`GrafoleanClient hides ${name} when the connection is reset`, async () => {
    await using listener = await listenRaw((_request, socket) => socket.resetAndDestroy());
    for (const method of ["GET", "POST", "PUT"] as const) {
      const client = clientOf(listener.port, {}, { token });
      const request = { method, path: "/x", ...(method === "GET" ? {} : { body: "[1]" }) };
      const error = await errorOf(client.request(request), token);
      assertStringIncludes(error.message, "cannot be reached: ");
      assertEquals(error.status, undefined);
    }
  });

  Deno.test(`GrafoleanClient hides ${name} when nobody answers in time`, async () => {
    await using listener = await listenRaw(() => {});
    const client = clientOf(listener.port, { timeoutMs: 20 }, { token });
    const error = await errorOf(client.request({ method: "GET", path: "/x" }), token);
    assertStringIncludes(error.message, "did not answer within 0.02 s (GET /x)");
    assertEquals(error.status, undefined);
  });

  Deno.test(`GrafoleanClient hides ${name} when it speaks TLS to a plain port`, async () => {
    await using listener = await listenRaw(() => {});
    const client = clientOf(listener.port, { timeoutMs: 50 }, {
      url: `https://127.0.0.1:${listener.port}/api`,
      token,
    });
    await using plain = await listenHttp((_request, response) => response.end("{}"));
    await errorOf(client.request({ method: "GET", path: "/x" }), token);
    const other = clientOf(plain.port, {}, {
      url: `https://127.0.0.1:${plain.port}/api`,
      token,
    });
    await errorOf(other.request({ method: "GET", path: "/x" }), token);
  });

  Deno.test(`GrafoleanClient hides ${name} when the answer repeats it`, async () => {
    await using listener = await listenHttp((request, response) => {
      const b = (request.url ?? "").split("?b=")[1] ?? "";
      response.writeHead(418, { location: `/elsewhere/${b}?b=${b}` });
      response.end(`${b} ${decodeURIComponent(b)} ${b.toUpperCase()} `.repeat(200));
    });
    const client = clientOf(listener.port, {}, { token });
    const error = await errorOf(client.get("/profile", asIs), token);
    assertEquals(error.status, 418);
    assertEquals(error.body?.slice(0, 16), "*** *** *** *** ");
    const answer = await client.request({ method: "GET", path: "/profile" });
    assertEquals(answer.location, "/elsewhere/***");
  });
}

Deno.test("GrafoleanClient sends no credentials but the token", async () => {
  const requests: { url: string | undefined; headers: Record<string, unknown> }[] = [];
  await using listener = await listenHttp((request, response) => {
    requests.push({ url: request.url, headers: request.headers });
    response.setHeader("set-cookie", "session=1");
    response.end("{}");
  });
  const client = clientOf(listener.port, {}, { token: ` ${TOKEN}\n` });
  await client.get("/profile", asIs);
  await client.sendJson("POST", "/accounts/1/values", [{ p: "a", v: 1 }]);
  await client.sendJson("PUT", "/accounts/1/values", [{ p: "a", v: 1, t: 1 }]);
  assertEquals(requests.map(({ url }) => url), [
    `/api/profile?b=${TOKEN}`,
    `/api/accounts/1/values?b=${TOKEN}`,
    `/api/accounts/1/values?b=${TOKEN}`,
  ]);
  for (const { headers } of requests) {
    assertEquals(headers.authorization, undefined);
    assertEquals(headers.cookie, undefined);
  }
  assertEquals(requests.map(({ headers }) => headers["content-type"]), [
    undefined,
    "application/json",
    "application/json",
  ]);
});

Deno.test("GrafoleanClient sends JSON in any script", async () => {
  const bodies: string[] = [];
  await using listener = await listenHttp((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (text) => body += text);
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(204).end();
    });
  });
  const value = [{ p: "température °C 温度 🌡", v: 1 }];
  for (const method of ["POST", "PUT"] as const) {
    assertEquals(await clientOf(listener.port).sendJson(method, "/x", value), undefined);
  }
  assertEquals(bodies, [JSON.stringify(value), JSON.stringify(value)]);
});

// A runtime that still has the body repeats the request by itself when a connection dies, above all a reused one, which
// the server may close at any moment.
for (const death of ["reset", "end"] as const) {
  Deno.test(`GrafoleanClient sends a POST once when the connection dies by ${death}`, async () => {
    const requests: string[] = [];
    await using listener = await listenRaw((request, socket) => {
      if (request.startsWith("GET")) {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        return;
      }
      requests.push(request);
      if (death === "reset") socket.resetAndDestroy();
      else socket.end();
    });
    const client = clientOf(listener.port);
    for (let attempts = 1; attempts <= 5; attempts++) {
      // Every other time over a reused connection.
      if (attempts % 2 === 0) await client.get("/profile", asIs);
      await errorOf(client.sendJson("POST", "/accounts/1/values", [{ p: "a", v: 1 }]));
      assertEquals(requests.length, attempts);
    }
    assert(requests.every((request) => request.includes('[{"p":"a","v":1}]')));

    requests.length = 0;
    await errorOf(client.sendJson("PUT", "/accounts/1/values", [{ p: "a", v: 1, t: 1 }]));
    assert(requests.length >= 1, "a PUT may be repeated");
  });
}

Deno.test("GrafoleanClient tells the page of a proxy from an answer of Grafolean", async () => {
  let status = 200;
  await using listener = await listenHttp((_request, response) => {
    response.writeHead(status, { "content-type": "text/html" });
    response.end("\n<!doctype html><title>Welcome to nginx!</title>");
  });
  const wrong = clientOf(0, {}, { url: `http://127.0.0.1:${listener.port}` });
  const error = await errorOf(wrong.get("/profile", asIs));
  assertStringIncludes(
    error.message,
    "answered 200 with HTML: the backend URL usually ends with /api, and check for a proxy in between",
  );
  assertEquals(error.status, 200);
  assertStringIncludes(error.body!, "Welcome to nginx!");

  for (status of [401, 403, 418]) {
    const error = await errorOf(clientOf(listener.port).get("/profile", asIs));
    assertStringIncludes(error.message, `answered ${status}: an HTML page of a proxy; check that`);
    assertEquals(error.status, status);
  }
});

Deno.test("GrafoleanClient explains the answers of a web server in front of Grafolean", async () => {
  let answer = { status: 200, body: "", headers: {} };
  await using listener = await listenHttp((_request, response) => {
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const page = (text: string) => `<html><head><title>${text}</title></head><h1>${text}</h1></html>`;
  const overloaded = { "retry-after": "120" };
  const wantsHttps = "answered 400: the port wants HTTPS: use https:// instead of http:// in the";
  const front = "the web server in front of Grafolean";
  const noAnswer = `${front} got no answer from it: Grafolean is not up or overloaded (`;
  for (
    const [status, body, meaning, headers] of [
      [
        429,
        page("Too many"),
        `${front} takes no more requests for now; it asks to wait for 120 s (`,
        overloaded,
      ],
      [502, page("Bad Gateway"), noAnswer],
      [503, "", noAnswer],
      [504, page("Timeout"), noAnswer],
      [522, "error code: 522", noAnswer],
      [400, "Please use HTTPS!", wantsHttps],
      [400, "Client sent an HTTP request to an HTTPS server.\n", wantsHttps],
      [400, "You're speaking plain HTTP to an SSL-enabled server port.", wantsHttps],
      [400, page("The plain HTTP request was sent to HTTPS port"), wantsHttps],
      [400, page("Bad Request"), "an HTML page of a proxy; check that"],
      [400, "Invalid path: tls.days", "answered 400: Invalid path: tls.days ("],
      [407, page("Log in"), "the proxy in between refuses to pass it on: it requires a login: put"],
    ] as const
  ) {
    answer = { status, body, headers: headers ?? {} };
    const error = await errorOf(
      clientOf(listener.port).sendJson("PUT", "/accounts/1/values/", []),
    );
    assertStringIncludes(error.message, meaning);
    assertEquals(error.status, status);
  }
});

Deno.test("GrafoleanClient reads only the start of a failure", async () => {
  let sent = 0;
  await using listener = await listenHttp((_request, response) => {
    response.writeHead(500);
    const chunk = "x".repeat(10_000);
    response.on("error", () => {});
    const write = () => {
      if (response.destroyed) return;
      sent += chunk.length;
      if (response.write(chunk)) setImmediate(write);
      else response.once("drain", write);
    };
    write();
  });
  const client = clientOf(listener.port);
  const answer = await client.send({ method: "GET", path: "/x" });
  assertEquals([answer.status, answer.body.length], [500, 10_000]);
  assert(sent < 100_000_000);
});

for (const [length, count] of [["short", 1], ["long", 10_000]] as const) {
  const credential = '{"id":1,"details":{"community":"hush-hush"}}';
  const list = `{"list":[${Array(count).fill(credential).join()}]}`;

  for (
    const [what, body] of [
      ["truncated", list.slice(0, -5)],
      ["damaged", list.replace(":", "")],
      ["doubled", list + list],
    ] as const
  ) {
    Deno.test(`GrafoleanClient reports ${length} ${what} JSON without repeating it`, async () => {
      await using listener = await listenHttp((_request, response) => response.end(body));
      const error = await errorOf(listCredentials(clientOf(listener.port), 1));
      assertStringIncludes(error.message, "answered 200 with broken or truncated JSON: ");
      assertHides(error, "hush-hush");
    });
  }

  Deno.test(`GrafoleanClient reports ${length} HTML`, async () => {
    const html = `<html>${"<p>login</p>".repeat(30 * count)}</html>`;
    await using listener = await listenHttp((_request, response) => response.end(html));
    const error = await errorOf(listCredentials(clientOf(listener.port), 1));
    assertStringIncludes(error.message, "answered 200 with HTML: ");
  });
}

Deno.test("GrafoleanClient reports an answer that is neither JSON nor HTML", async () => {
  await using listener = await listenHttp((_request, response) => response.end("it works!"));
  const error = await errorOf(clientOf(listener.port).get("/profile", asIs));
  assertStringIncludes(error.message, "answered 200 with something that is not JSON: ");
  assertEquals(error.body, "it works!");
});

Deno.test("GrafoleanClient reports an answer that breaks off", async () => {
  await using listener = await listenHttp((_request, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write('{"list": [');
    setTimeout(() => response.destroy(), 10);
  });
  const error = await errorOf(clientOf(listener.port).get("/profile", asIs));
  assertStringIncludes(error.message, "broke off its answer: ");
  assertEquals(error.status, undefined, "the outcome of the request is unknown");
});

Deno.test("GrafoleanClient times out on an answer that never ends", async () => {
  await using listener = await listenHttp((_request, response) => {
    response.writeHead(200);
    response.write("{");
  });
  const client = clientOf(listener.port, { timeoutMs: 1000 });
  const error = await errorOf(client.request({ method: "GET", path: "/x" }));
  assertStringIncludes(error.message, "did not finish its answer within 1 s");
});

Deno.test("GrafoleanClient refuses an answer that is too large", async () => {
  let sent = 0;
  await using listener = await listenHttp((_request, response) => {
    const chunk = "x".repeat(2 ** 20);
    response.on("error", () => {});
    const write = () => {
      if (response.destroyed) return;
      sent += chunk.length;
      if (response.write(chunk)) setImmediate(write);
      else response.once("drain", write);
    };
    write();
  });
  const client = clientOf(listener.port, { maxAttempts: 3 });
  const error = await errorOf(client.get("/x", asIs));
  assertStringIncludes(error.message, "answered 200 with more than 64 MiB: ");
  assertEquals(error.status, 200, "so it is not retried");
  assert(sent < 200_000_000);
});

Deno.test("GrafoleanClient follows no redirect, which would send the token elsewhere", async () => {
  const urls: (string | undefined)[] = [];
  await using listener = await listenHttp((request, response) => {
    urls.push(request.url);
    response.writeHead(301, { location: `https://127.0.0.1${request.url}` }).end();
  });
  for (const method of ["GET", "POST"] as const) {
    const work = method === "GET"
      ? clientOf(listener.port).get("/x", asIs)
      : clientOf(listener.port).sendJson("POST", "/x", [1]);
    const error = await errorOf(work);
    assertStringIncludes(
      error.message,
      "answered 301: a redirect to https://127.0.0.1/api/x; set the backend URL",
    );
  }
  assertEquals(urls.length, 2);
});

Deno.test("GrafoleanClient explains the answers of Grafolean", async () => {
  let answer: { status: number; body: string } = { status: 200, body: "" };
  await using listener = await listenHttp((_request, response) => {
    response.writeHead(answer.status).end(answer.body);
  });
  for (
    const [status, body, meaning] of [
      [401, "Access denied", "unknown bot token: compare it with the one in the list of bots"],
      [
        403,
        "Access to resource denied, insufficient permissions",
        "this bot may not PUT accounts/1/values: grant this bot PUT on accounts/1/values",
      ],
      [400, "Input validation failed: Invalid MeasuredValue format: None", "Input validation fai"],
      [500, "Could not validate access", "answered 500: Could not validate access"],
      [418, "  ", "answered 418: no reason given"],
    ] as const
  ) {
    answer = { status, body };
    const error = await errorOf(
      clientOf(listener.port).sendJson("PUT", "/accounts/1/values/", []),
    );
    assertStringIncludes(error.message, meaning);
    assertEquals([error.status, error.body], [status, body]);
  }
});

Deno.test("GrafoleanClient rejects with the reason of its signal", async () => {
  await using listener = await listenRaw(() => {});
  const reason = new Error("the bot stops");
  const controller = new AbortController();
  const { signal } = controller;
  const client = clientOf(listener.port);
  // More than are sent at once.
  const reads = Array.from(
    { length: 5 },
    () => client.get("/x", asIs, signal).catch((error) => error),
  );
  setTimeout(() => controller.abort(reason), 20);
  assertEquals(await Promise.all(reads), Array(5).fill(reason));
  assertEquals(await client.get("/z", asIs, signal).catch((error) => error), reason);
});

Deno.test("sendRequest sends nothing if its signal has already aborted", async () => {
  const reason = new Error("the bot stops");
  let sent = false;
  const work = sendRequest(
    { backendUrl: "http://host/api" },
    { method: "GET", path: "/x", signal: AbortSignal.abort(reason) },
    {
      connections: new Connections(() => {
        sent = true;
        return Promise.resolve(new Response());
      }),
      timeoutMs: 1000,
    },
  );
  assertEquals(await work.catch((error) => error), reason);
  assertEquals(sent, false);
});
