import { assert, assertEquals, assertMatch } from "@std/assert";
import { Sandbox } from "../../../src/testing/mod.ts";
import { detail, invalid, testCalls } from "../caller.ts";
import { DENIED, INTERNAL, UNVALIDATED } from "../fixture.ts";

const CREDENTIALS = { username: "admin", password: "secret" };
const MISSING = { msg: "field required", type: "value_error.missing" };

testCalls("Sandbox §12 logs a person in, with a JWT in a header", async (c) => {
  const login = await c.call("POST", "auth/login", CREDENTIALS, { as: null });
  assertEquals(login.status, 200);
  const body = JSON.parse(login.text);
  assertEquals(Object.keys(body), ["user_id", "session_id", "permissions"]);
  assertEquals(body.user_id, c.admin.id);
  assertMatch(body.session_id, /^[0-9a-f]{64}$/);
  assertEquals(
    body.permissions.map(({ id, ...rest }: { id: number }) => [typeof id, rest]),
    [["number", { resource_prefix: null, methods: null }]],
  );
  const jwt = login.headers.get("x-jwt-token")!;
  assertMatch(jwt, /^Bearer [0-9]+:[\w-]+\.[\w-]+\.[\w-]+$/);
  await c.expect(["GET", "profile", undefined, { as: jwt }], 200, {
    user_id: c.admin.id,
    user_type: "person",
    record: {
      user_id: c.admin.id,
      name: "Person",
      email: "admin@example.org",
      username: "admin",
      timezone: "UTC",
      email_confirmed: true,
    },
  });
  const payload = JSON.parse(atob(jwt.split(".")[1]!));
  assertEquals(payload, { ...body, exp: Math.floor(c.now) + 600 });
});

testCalls("Sandbox §12 refuses wrong credentials alike", async (c) => {
  const rows = [
    { ...CREDENTIALS, password: "wrong" },
    { ...CREDENTIALS, username: "nobody" },
    { ...CREDENTIALS, username: "ADMIN" },
    { ...CREDENTIALS, username: " admin " },
    { ...CREDENTIALS, password: " secret " },
    { username: "", password: "" },
    { ...CREDENTIALS, username: "admin@example.org" },
  ];
  for (const row of rows) {
    await c.expect(["POST", "auth/login", row, { as: null }], 401, detail("Invalid credentials"));
  }
});

testCalls("Sandbox §12 answers 422 to a login that it cannot read", async (c) => {
  const rows: [unknown, unknown, string?][] = [
    [{ username: "admin" }, [{ loc: ["body", "password"], ...MISSING }]],
    [{}, [
      { loc: ["body", "username"], ...MISSING },
      { loc: ["body", "password"], ...MISSING },
    ]],
    [{ ...CREDENTIALS, remember: true }, [{
      loc: ["body", "remember"],
      msg: "extra fields not permitted",
      type: "value_error.extra",
    }]],
    [{ username: null, password: ["x"] }, [
      {
        loc: ["body", "username"],
        msg: "none is not an allowed value",
        type: "type_error.none.not_allowed",
      },
      { loc: ["body", "password"], msg: "str type expected", type: "type_error.str" },
    ]],
    ["not JSON", [{
      loc: ["body", 0],
      msg: "Expecting value: line 1 column 1 (char 0)",
      type: "value_error.jsondecode",
      ctx: { msg: "Expecting value", doc: "not JSON", pos: 0, lineno: 1, colno: 1 },
    }]],
    ["", [{ loc: ["body"], ...MISSING }]],
    [[], [
      { loc: ["body", "username"], ...MISSING },
      { loc: ["body", "password"], ...MISSING },
    ]],
    [undefined, [{ loc: ["body"], ...MISSING }]],
    [CREDENTIALS, [{
      loc: ["body"],
      msg: "value is not a valid dict",
      type: "type_error.dict",
    }], "application/x-www-form-urlencoded"],
  ];
  for (const [body, problems, contentType = "application/json"] of rows) {
    await c.expect(["POST", "auth/login", body, { as: null, contentType }], 422, {
      detail: problems,
    });
  }
  const contentType = "application/json; charset=utf-8";
  assertEquals(
    (await c.call("POST", "auth/login", CREDENTIALS, { as: null, contentType })).status,
    200,
  );
});

testCalls("Sandbox §12 takes the JWT only as it was handed out", async (c) => {
  const jwt = await c.logIn("admin", "secret");
  const [, keyId, rest] = /^Bearer (\d+):(.*)$/.exec(jwt)!;
  const rows: [string, number, string][] = [
    [jwt, 200, ""],
    [`Bearer   ${keyId}:${rest}`, 200, ""],
    [`${keyId}:${rest}`, 401, DENIED],
    [`bearer ${keyId}:${rest}`, 401, DENIED],
    [`Token ${keyId}:${rest}`, 401, DENIED],
    [`Bearer ${rest}`, 401, DENIED],
    [`Bearer 1:${rest}`, 401, DENIED],
    [jwt.slice(0, -1), 401, DENIED],
    [`Bearer x:${rest}`, 500, UNVALIDATED],
  ];
  for (const [as, status, text] of rows) {
    const reply = await c.call("GET", "profile", undefined, { as });
    assertEquals([reply.status, status === 200 ? "" : reply.text], [status, text], as);
  }
});

testCalls("Sandbox §12 ends a JWT after 600 s and refreshes it 600 s longer", async (c) => {
  const jwt = await c.logIn("admin", "secret");
  const end = Math.floor(c.now) + 600;
  c.now += 590;
  assertEquals((await c.call("GET", "profile", undefined, { as: jwt })).status, 200);
  c.now += 10;
  await c.expect(["GET", "profile", undefined, { as: jwt }], 401, DENIED);
  c.now += 590;
  const refreshed = await c.call("POST", "auth/refresh", undefined, { as: jwt });
  assertEquals(refreshed.status, 200);
  const { exp, ...session } = JSON.parse(refreshed.text);
  assertEquals([exp, Object.keys(session)], [end, ["user_id", "session_id", "permissions"]]);
  const fresh = refreshed.headers.get("x-jwt-token")!;
  assertEquals((await c.call("GET", "profile", undefined, { as: fresh })).status, 200);
  c.now += 10;
  await c.expect(
    ["POST", "auth/refresh", undefined, { as: jwt }],
    401,
    detail("Access denied"),
  );
});

testCalls("Sandbox §12 refreshes nothing but a JWT", async (c) => {
  const { token } = c.sandbox.addBot({ protocol: "ping" });
  for (const as of [null, "", "Bearer x:y", "Basic dTpw"]) {
    await c.expect(
      ["POST", "auth/refresh", undefined, { as }],
      401,
      detail("Access denied"),
    );
  }
  await c.expect(
    ["POST", `auth/refresh?b=${token}`, undefined, { as: null }],
    401,
    detail("Access denied"),
  );
});

testCalls("Sandbox §12 fails with 500 at a login that the database cannot look up", async (c) => {
  const nul = { ...CREDENTIALS, username: "\0" };
  await c.expect(["POST", "auth/login", nul, { as: null }], 500, INTERNAL);
  c.sandbox.stopDatabase();
  await c.expect(["POST", "auth/login", CREDENTIALS, { as: null }], 500, INTERNAL);
});

Deno.test("Sandbox §12 creates the first administrator", async () => {
  const sandbox = new Sandbox({ ready: false });
  const post = async (path: string, body?: unknown): Promise<[number, string]> => {
    const response = await sandbox.fetch(`http://sandbox/api/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return [response.status, await response.text()];
  };
  const first = { name: "Ann", email: "ann@example.org", username: "ann", password: "secret" };
  const initialized = [401, detail("System already initialized")] as [number, string];
  assertEquals(await post("admin/first", first), initialized, "no tables yet");
  assertEquals(await post("admin/migratedb"), [204, ""]);
  assertEquals((await post("admin/first", { ...first, extra: 1 }))[0], 422);
  assertEquals(await post("admin/first", { ...first, email: "notmail" }), [
    400,
    invalid("Invalid email: notmail"),
  ]);
  const [status, text] = await post("admin/first", first);
  assertEquals(status, 201);
  assert(Number.isInteger(JSON.parse(text).id));
  assertEquals(await post("admin/first", first), initialized, "again");
  const login = await sandbox.fetch("http://sandbox/api/auth/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "ann", password: "secret" }),
  });
  const { permissions } = await login.json();
  assertEquals(permissions.length, 1);
  assertEquals([permissions[0].resource_prefix, permissions[0].methods], [null, null]);
  const accounts = await sandbox.fetch("http://sandbox/api/accounts", {
    headers: { authorization: login.headers.get("x-jwt-token")! },
  });
  assertEquals(await accounts.text(), '{"list":[]}', "there is no account yet");
});
