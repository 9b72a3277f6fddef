// What can go wrong: each failure says which request, why, and what to do.

import { Sandbox } from "@grafolean/collector/testing";
import type { Grant } from "@grafolean/collector/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { CancelledError } from "../../src/util/prompt.ts";
import { type Json, PASSWORD, promptWith, PROTOCOL, stage } from "./setup_kit.ts";

Deno.test("setup explains a failed login", async () => {
  await using staged = await stage();
  const { run, url } = staged;
  const wrong = await run([], { lines: ["wrong horse"] });
  assertEquals([wrong.code, wrong.out], [1, ""]);
  assertStringIncludes(wrong.err, "the user name or the password is wrong");
  assertStringIncludes(wrong.err, "not the e-mail address");
  assertStringIncludes(wrong.err, "(POST /auth/login)");
  assertStringIncludes(wrong.err, "Nothing was created");
  assertEquals(wrong.err.includes("wrong horse"), false);

  const none = await run([], { lines: [] });
  assertEquals(none.code, 2);
  assertStringIncludes(none.err, "There is no password: it is the first line of standard input");
  const nobody = await run([], { args: ["--url", url] });
  assertEquals(nobody.code, 2);
  assertStringIncludes(nobody.err, "--user is missing");
});

Deno.test("setup explains a URL that is not that of Grafolean", async () => {
  await using staged = await stage();
  const { run, url } = staged;
  const rows: [url: string, code: number, text: string][] = [
    ["grafolean.example.com", 2, "it is not a URL"],
    ["http://127.0.0.1:9/api", 1, "cannot be reached"],
    [`${url}/deeper`, 1, "the backend URL usually ends with /api"],
  ];
  for (const [given, expected, text] of rows) {
    const { code, err } = await run([], { args: ["--url", given, "--user", "admin"] });
    assertEquals(code, expected, err);
    assertStringIncludes(err, text);
  }
});

Deno.test("setup finds Grafolean at the URL with /api", async () => {
  await using staged = await stage();
  const { run, url, envFile } = staged;
  const { code, out } = await run([], {
    args: ["--url", url.replace("/api", "/"), "--user", "admin"],
  });
  assertEquals(code, 0);
  assertStringIncludes(out, `Grafolean is at ${url}`);
  assertStringIncludes(await Deno.readTextFile(envFile), `BACKEND_URL=${url}\n`);
});

Deno.test("setup stops while Grafolean is not ready", async () => {
  const sandbox = new Sandbox({ ready: false });
  await using server = await sandbox.listen();
  await using staged = await stage();
  const args = ["--url", server.url, "--user", "admin"];
  const { code, err } = await staged.run([], { args });
  assertEquals(code, 1);
  assertStringIncludes(err, "needs its database to be created or upgraded");
});

Deno.test("setup names what a person may not do", async () => {
  const account = (id: number, methods: NonNullable<Grant["methods"]>): Grant => ({
    prefix: `accounts/${id}`,
    methods,
  });
  const rows: [grants: (id: number) => readonly Grant[], args: string[], text: string][] = [
    [() => [], [], "There is no account that you may use"],
    [() => [], ["--create-account", "New"], "You may not create accounts: name an existing one"],
    [(id) => [account(id, ["GET"])], [], "You may not POST accounts/N/bots: ask an administrator"],
    [
      (id) => [account(id, ["GET", "POST"])],
      [],
      "You cannot give the bot a permission that you do not have",
    ],
    [
      (id) => [account(id, ["GET", "POST", "PUT", "DELETE"])],
      [],
      "You may not see the token of the bot",
    ],
  ];
  for (const [grants, args, text] of rows) {
    await using staged = await stage();
    const { run, sandbox, accounts, url, requests } = staged;
    sandbox.addPerson({ username: "ann", password: PASSWORD, permissions: grants(accounts[0]!) });
    const person = ["--url", url, "--user", "ann", ...args];
    for (const dryRun of [["--dry-run"], []]) {
      requests();
      const { code, err } = await run([], { args: [...person, ...dryRun] });
      assertEquals(code, 1);
      assertStringIncludes(err.replaceAll(/accounts\/\d+/g, "accounts/N"), text);
      assertEquals(requests().filter((line) => !line.startsWith("GET ")), ["POST /auth/login"]);
    }
  }
});

Deno.test("setup knows before it writes that a person may not change an interval", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts, url, requests } = staged;
  assertEquals((await run()).code, 0);
  const permissions: Grant[] = [{ prefix: `accounts/${accounts[0]}`, methods: ["GET", "POST"] }];
  sandbox.addPerson({ username: "ann", password: PASSWORD, permissions });
  requests();
  const { code, err } = await run([], {
    args: ["--url", url, "--user", "ann", "--interval", "humidity=30"],
  });
  assertEquals(code, 1);
  assertStringIncludes(err, `You may not PUT accounts/${accounts[0]}/sensors`);
  assertEquals(requests().filter((line) => line.startsWith("PUT ")), []);
});

Deno.test("setup logs in again when its session has ended", async () => {
  await using staged = await stage();
  const { run, sandbox, requests } = staged;
  sandbox.faults.add({
    when: ({ method, path }) => method === "POST" && path.endsWith("/sensors"),
    times: 1,
    status: 401,
    body: "Access denied",
  });
  const { code, err } = await run();
  assertEquals([code, err], [0, ""]);
  assertEquals(requests().filter((line) => line === "POST /auth/login").length, 2);
});

Deno.test("setup explains answers of a Grafolean in trouble, and goes on the next time", async () => {
  const rows: [status: number, body: string | undefined, text: string][] = [
    [500, "Could not validate access", "it has trouble with its database and did nothing"],
    [500, "Internal Server Error", "it failed, maybe half-way"],
    [502, undefined, "the web server in front of Grafolean got no answer"],
    [404, '{"detail":"No such bot"}', "somebody has just deleted it"],
    [400, "Input validation failed: Odd", "answered 400: Input validation failed: Odd"],
  ];
  for (const [status, body, text] of rows) {
    await using staged = await stage();
    const { run, sandbox, snapshot } = staged;
    sandbox.faults.add({
      when: ({ method, path }) => method === "POST" && path.endsWith("/entities"),
      times: 1,
      status,
      ...(body !== undefined && { body }),
    });
    const { code, err } = await run();
    assertEquals(code, 1, err);
    assertStringIncludes(err, text);
    assertStringIncludes(err, "(POST /accounts/");
    // Of a refusal it is known that nothing was stored.
    assertStringIncludes(
      err,
      status < 500 || body?.startsWith("Could")
        ? "What was created stays: run the setup again"
        : 'It is not known whether Grafolean has stored this: device "device 1"',
    );
    assertEquals((await run()).code, 0);
    assertEquals((await snapshot()).bots.list.length, 1);
  }
});

Deno.test("setup lets several accounts be chosen by name or id", async () => {
  await using staged = await stage(["Home", "Work", "Work"]);
  const { run, sandbox, envFile, accounts: [home, work] } = staged;
  const unclear = await run();
  assertEquals(unclear.code, 1);
  assertStringIncludes(unclear.err, "There are several accounts: choose one with --account");
  assertStringIncludes(unclear.err, `"Home" (id ${home})`);
  const twice = await run(["--account", "Work"]);
  assertEquals(twice.code, 1);
  assertStringIncludes(twice.err, `"Work" (id ${work})`);
  const unknown = await run(["--account", "Wrok"]);
  assertStringIncludes(unknown.err, 'There is no account "Wrok" that you may use: expected one of');

  const chosen = await run(["--account", `${work}`]);
  assertEquals(chosen.code, 0);
  // From now on the token tells the account.
  assertStringIncludes((await run()).out, "Nothing was missing");
  const other = await run(["--account", "Home"]);
  assertEquals(other.code, 1);
  assertStringIncludes(other.err, `of the account with the id ${work}`);
  assertStringIncludes(other.err, "remove BOT_TOKEN from .env");
  const { token } = sandbox.addBot({ protocol: null, account: work!, name: "my own" });
  await Deno.writeTextFile(envFile, `BOT_TOKEN=${token}\n`);
  assertStringIncludes((await run()).err, 'of the bot "my own" (id ');
  assertStringIncludes((await run()).err, ") without a protocol: to set up another one here");
});

Deno.test("setup stops if a token elsewhere would win over that in .env", async () => {
  await using staged = await stage();
  const { run, envFile, sandbox } = staged;
  const unknown = "0d7f6c1e-1234-4abc-8def-0123456789ab";
  const fromEnv = await run([], { env: { BOT_TOKEN: unknown } });
  assertEquals(fromEnv.code, 2);
  assertStringIncludes(fromEnv.err, "the token in BOT_TOKEN of the environment");
  await Deno.writeTextFile(envFile, `BOT_TOKEN=${sandbox.addBot({ protocol: PROTOCOL }).token}\n`);
  const noToken = await run([], { env: { BOT_TOKEN: "" } });
  assertStringIncludes(noToken.err, "BOT_TOKEN is empty in the environment, which wins over .env");
  const file = join(envFile, "..", "token");
  await Deno.writeTextFile(envFile, `BOT_TOKEN_FROM_FILE='${file}'\n`);
  const noFile = await run();
  assertEquals(noFile.code, 2);
  assertStringIncludes(
    noFile.err,
    `Cannot read "${file}" (BOT_TOKEN_FROM_FILE): it does not exist`,
  );
  const both = await run([], { env: { BOT_TOKEN: unknown } });
  assertEquals(both.code, 2);
  assertStringIncludes(both.err, "BOT_TOKEN and BOT_TOKEN_FROM_FILE are both set");
  await Deno.writeTextFile(file, unknown);
  const fromFile = await run();
  assertEquals(fromFile.code, 2);
  assertStringIncludes(fromFile.err, `Grafolean does not know the token in "${file}"`);
  const url = await run([], { env: { BACKEND_URL: "http://other/api" } });
  assertStringIncludes(url.err, "BACKEND_URL is set to another URL in the environment");
  // The right token may be anywhere.
  await Deno.writeTextFile(file, `${sandbox.addBot({ protocol: PROTOCOL }).token}\n`);
  const empty = await run([], { env: { BACKEND_URL: "" } });
  assertStringIncludes(empty.err, "BACKEND_URL is empty in the environment");
  // The same URL may be written in several ways.
  const sameUrl = `${staged.url.replace("http:", "HTTP:")}/`;
  assertEquals((await run([], { env: { BACKEND_URL: sameUrl } })).code, 0);
  assertEquals((await Deno.readTextFile(envFile)).includes("BOT_TOKEN="), false);
});

Deno.test("setup chooses another name for a credential or a sensor whose name is taken", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account], snapshot } = staged;
  sandbox.addCredential(account!, { protocol: "other", name: "thermo credential" });
  sandbox.addSensor(account!, { protocol: "other", name: "humidity" });
  const { code, out } = await run();
  assertEquals(code, 0);
  assertStringIncludes(out, 'created  credential "thermo credential 2"');
  assertStringIncludes(out, 'created  sensor "humidity 2" (every 5 min)');
  const before = JSON.stringify(await snapshot());
  assertStringIncludes((await run()).out, "Nothing was missing");
  assertEquals(JSON.stringify(await snapshot()), before);
});

Deno.test("setup takes what another setup has created in the same moment", async () => {
  await using staged = await stage();
  const { run, sandbox, snapshot } = staged;
  // Stored, but the answer is the one for a name that is taken.
  for (const list of ["/credentials", "/sensors"]) {
    sandbox.faults.add({
      when: ({ method, path }) => method === "POST" && path.endsWith(list),
      times: 1,
      status: 500,
      processed: true,
    });
  }
  const { code, err } = await run();
  assertEquals([code, err], [0, ""]);
  const { credentials } = await snapshot();
  assertEquals(credentials.list.filter((each: Json) => each.protocol === PROTOCOL).length, 1);
});

Deno.test("setup asks for what is missing, before it creates anything", async () => {
  await using staged = await stage(["Home", "Work"]);
  const { run, url, snapshot } = staged;
  const args = ["--dry-run"];
  const prompt = promptWith(url, "admin", "", PASSWORD, "1", "kitchen", "", "reader", "k3y");
  const { code, err } = await run([], { args, prompt, lines: [] });
  assertEquals([code, err], [0, ""]);
  assertEquals(prompt.shown.filter((line) => !/^ {2}\d/.test(line)), [
    "URL of Grafolean",
    "User name of an administrator of Grafolean",
    "Password:",
    "Password:",
    "Account",
    "Name of the first device",
    "IP address",
    "User name",
    "Key:",
  ]);
  const answers = [url, "admin", PASSWORD, "1", "kitchen", "10.0.0.1", "reader"];
  const cancelled = await run([], { args: [], prompt: promptWith(...answers), lines: [] });
  assertEquals(cancelled.code, 130);
  assertStringIncludes(cancelled.err, "Cancelled\nNothing was created");
  assertEquals((await snapshot()).bots.list, []);
});

Deno.test("setup lets an existing credential be chosen", async () => {
  await using staged = await stage();
  const { run, sandbox, accounts: [account], snapshot } = staged;
  const add = (name: string) => sandbox.addCredential(account!, { protocol: PROTOCOL, name });
  const ids = [add("one").id, add("two").id];
  const unclear = await run();
  assertStringIncludes(unclear.err, "choose one with --credential: ");
  for (const name of ["one", "two"]) assertStringIncludes(unclear.err, `"${name}"`);
  const { credentials } = await snapshot();
  const [, { id }] = credentials.list.filter(({ id }: { id: number }) => ids.includes(id));
  const prompt = promptWith(PASSWORD, "kitchen", "", "2");
  const { code } = await run([], { prompt });
  assertEquals(code, 0);
  const { entities } = await snapshot();
  assertEquals(entities.list[0].protocols[PROTOCOL].credential, id);
});

Deno.test("setup says that a second run goes on when it is cancelled in between", async () => {
  await using staged = await stage();
  const { run, sandbox } = staged;
  const cancel = new AbortController();
  sandbox.faults.add({
    when({ method, path }) {
      const isIt = method === "POST" && path.endsWith("/sensors");
      if (isIt) setTimeout(() => cancel.abort(new CancelledError()));
      return isIt;
    },
    times: 1,
    latency: 60,
  });
  const { code, err } = await run([], { signal: cancel.signal });
  assertEquals(code, 130);
  assertStringIncludes(err, 'whether Grafolean has stored this: sensor "temperature"');
  assertEquals((await run()).code, 0);
});

Deno.test("setup shows no secret that an answer repeats", async () => {
  await using staged = await stage();
  const { run, sandbox } = staged;
  for (const path of ["/auth/login", `/accounts/${staged.accounts[0]}/credentials`]) {
    const secrets = [PASSWORD, "battery staple"];
    const body = `Input validation failed: ${secrets}, ${secrets.map(encodeURIComponent)}`;
    using _ = sandbox.faults.add({
      when: (request) => request.path === path && request.method === "POST",
      status: 400,
      body,
    });
    const { code, out, err } = await run([], { lines: secrets });
    assertEquals(code, 1);
    assertStringIncludes(err, "Input validation failed: ");
    assertStringIncludes(err, "***");
    const sent = path.startsWith("/auth") ? "horse" : "staple";
    assertEquals((out + err).includes(sent), false);
  }
});

Deno.test("setup shows no secret that an answer repeats in another notation", async () => {
  await using staged = await stage();
  const { run, sandbox } = staged;
  const secret = 'horse"\\bättery';
  const ascii = JSON.stringify({ secret }).replace("ä", "\\u00e4");
  for (const body of [JSON.stringify({ secret }), ascii, JSON.stringify(ascii)]) {
    using _ = sandbox.faults.add({
      when: (request) => request.path === "/auth/login",
      status: 422,
      body,
    });
    const { code, out, err } = await run([], { lines: [secret] });
    assertEquals(code, 1);
    assertStringIncludes(err, "answered 422");
    assertEquals(/horse|ttery/.test(out + err), false, err);
  }
});

Deno.test("setup ends with one line if it cannot print", async () => {
  await using staged = await stage();
  const full = Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
  const print = () => {
    throw full;
  };
  const { code, err } = await staged.run([], { print });
  assertEquals([code, err.split("\n")[0]], [1, "error: No space left on device"]);
});

Deno.test("setup shows its messages as they are, even if the password is a word of them", async () => {
  await using staged = await stage();
  const { run, sandbox, url } = staged;
  const wrong = await run([], { lines: ["wrong"] });
  assertStringIncludes(wrong.err, "the user name or the password is wrong");
  sandbox.addPerson({ username: "Home", password: "Home" });
  const args = ["--url", url, "--user", "Home"];
  const { code, out } = await run([], { args, lines: ["Home"] });
  assertEquals(code, 0);
  assertStringIncludes(out, 'account "Home"');
});

Deno.test("setup asks three times for a password, and again for the user name if it is empty", async () => {
  await using staged = await stage();
  const { run, url } = staged;
  const right = promptWith("", "wrong", "wrong", PASSWORD);
  assertEquals((await run(["--dry-run", "--device", "d"], { prompt: right })).code, 130);
  assertEquals(right.shown.filter((line) => line.startsWith("Password")).length, 4);
  assertStringIncludes(right.shown.join(), "not the e-mail address");
  const wrong = promptWith("one", "two", "three", PASSWORD);
  const { code, err } = await run([], { prompt: wrong });
  assertEquals(code, 1);
  assertStringIncludes(err, "the user name or the password is wrong");
  const typo = promptWith("admni", PASSWORD, "", "admin", PASSWORD);
  const args = ["--url", url, "--dry-run", "--device", "d"];
  assertEquals((await run([], { args, prompt: typo })).code, 130);
  assertStringIncludes(typo.shown.join(), "IP address");
});

Deno.test("setup reads again what got no answer, but writes nothing twice", async () => {
  await using staged = await stage();
  const { run, sandbox } = staged;
  const lose = (method: string, end: string) =>
    sandbox.faults.add({
      when: (request) => request.method === method && request.path.endsWith(end),
      times: 1,
      status: 502,
    });
  lose("GET", "/sensors");
  lose("GET", "/profile");
  lose("POST", "/getvalues");
  const first = await run();
  assertEquals([first.code, first.err], [0, ""]);
  const down = sandbox.faults.add({ when: ({ path }) => path.endsWith("/sensors"), status: 502 });
  assertStringIncludes((await run()).err, "error: Grafolean at ");
  down[Symbol.dispose]();
  await using fresh = await stage();
  fresh.sandbox.faults.add({
    when: ({ method, path }) => method === "POST" && path.endsWith("/bots"),
    times: 1,
    status: 502,
    processed: true,
  });
  const lost = await fresh.run();
  assertEquals(lost.code, 1);
  assertStringIncludes(lost.err, 'whether Grafolean has stored this: bot "thermo-bot"');
  assertEquals(fresh.requests().filter((line) => line === "POST /accounts/N/bots").length, 1);
  assertEquals((await fresh.run()).code, 0);
  assertEquals((await fresh.snapshot()).bots.list.length, 1);
});

Deno.test("setup runs beside another one", async () => {
  await using staged = await stage();
  const { run, envFile, snapshot } = staged;
  const both = [{ envFile }, { envFile: `${envFile}.other` }];
  const ran = await Promise.all(both.map((options) => run([], options)));
  assertEquals(ran.map(({ err }) => err), ["", ""]);
  const { credentials, sensors, dashboards, bots } = await snapshot();
  const ofProtocol = (list: Json[]) => list.filter((each) => each.protocol === PROTOCOL).length;
  assertEquals([credentials, sensors].map(({ list }) => ofProtocol(list)), [1, 2]);
  assertEquals(dashboards.list.length, 1);
  for (const options of both) {
    assertStringIncludes((await run([], options)).out, "Nothing was missing");
  }
  // Grafolean has both bots, and a third project is told.
  const third = await run([], { envFile: `${envFile}.third` });
  if (bots.list.length > 1) assertStringIncludes(third.err, "There are several bots");
});
