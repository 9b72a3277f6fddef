import { runJob, Sandbox } from "@grafolean/collector/testing";
import { assertEquals, assertGreater, assertMatch, assertThrows } from "@std/assert";
import { type Device, PROTOCOL } from "./bot.ts";
import {
  authorization,
  LoginBot,
  readValue,
  reportBattery,
  sendPower,
  sensorJobs,
} from "./recipes.ts";

/** Starts a device that speaks HTTP, on a free port of this machine. */
function startDevice(answer: (request: Request) => Response): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
}

/** What a bot gets from Grafolean for a device with two sensors. */
function deviceAt(ipv4: string): Device {
  return {
    accountId: 1,
    entityId: 2,
    name: "kitchen",
    entityType: "device",
    parent: null,
    details: { ipv4 },
    credentialName: "kitchen login",
    credentialDetails: { user: "ann", password: "€" },
    sensors: [
      { sensorId: 3, name: "fast", interval: 60, sensorDetails: {} },
      { sensorId: 4, name: "off", interval: null, sensorDetails: {} },
    ],
  };
}

Deno.test("sensorJobs yields a job for each sensor that is polled", async () => {
  const jobs = [...sensorJobs(deviceAt("127.0.0.1"))];
  assertEquals(jobs.map(({ jobId, intervals }) => ({ jobId, intervals })), [
    { jobId: "2/3", intervals: [60] },
  ]);
  const { values } = await runJob(jobs[0]!);
  assertEquals(values, [{ accountId: 1, p: `entity.2.${PROTOCOL}.3`, v: 42 }]);
});

Deno.test("readValue reads a value, and fails if the device does", async () => {
  await using server = startDevice(({ url }) =>
    url.endsWith("/temperature") ? new Response("21.5") : new Response("broken", { status: 500 })
  );
  const device = deviceAt(`127.0.0.1:${server.addr.port}`);
  const read = (page: string) =>
    runJob(async (_intervals, device, context) => {
      await context.sendResults(1, { value: await readValue(device, page, context) });
    }, { jobParams: device });
  assertEquals((await read("temperature")).values, [{ accountId: 1, p: "value", v: "21.5" }]);
  assertMatch(`${(await read("humidity")).error}`, /"kitchen" answers 500 for humidity/);
});

Deno.test("sendPower sends the watts between two readings", async () => {
  const send = (kWh: number) =>
    runJob((_intervals, device, context) => sendPower(device, kWh, context), {
      jobParams: deviceAt("127.0.0.1"),
    });
  assertEquals((await send(12_345.6)).values, []);
  const [power] = (await send(12_345.7)).values;
  assertEquals(power?.p, `entity.2.${PROTOCOL}.watts`);
  assertGreater(Number(power?.v), 0);
  assertEquals((await send(0.1)).values, [], "the meter was replaced");
});

Deno.test("reportBattery logs a problem that lasts once, and its end", async () => {
  const percents = [80, 5, 5, 80];
  const { logs } = await runJob((_intervals, levels, context) => {
    for (const percent of levels) reportBattery(percent, context);
  }, { jobParams: percents });
  const shown = logs.filter(({ level }) => level !== "debug");
  assertEquals(shown.map(({ level }) => level), ["warn", "info"]);
});

Deno.test("authorization needs a user and a password", () => {
  const device = deviceAt("127.0.0.1");
  assertEquals(authorization(device), { authorization: "Basic YW5uOuKCrA==" });
  const withoutPassword = { ...device, credentialDetails: { user: "ann" } };
  assertThrows(() => authorization(withoutPassword), Error, '"kitchen login" needs');
});

Deno.test("LoginBot logs in once, again when the session has ended, and out", async () => {
  const requests: string[] = [];
  let session = 0;
  await using server = startDevice((request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    if (pathname === "/login") {
      return new Response("welcome", { headers: { "set-cookie": `session=${++session}; path=/` } });
    }
    const isKnown = request.headers.get("cookie") === `session=${session}`;
    return isKnown ? new Response("230") : new Response("log in", { status: 401 });
  });
  const sandbox = new Sandbox();
  const account = sandbox.addAccount();
  const bot = sandbox.addBot({ protocol: PROTOCOL, account });
  const credential = sandbox.addCredential(account, { protocol: PROTOCOL });
  const sensor = sandbox.addSensor(account, { protocol: PROTOCOL, defaultInterval: 1 });
  sandbox.addEntity(account, {
    details: { ipv4: `127.0.0.1:${server.addr.port}` },
    protocols: { [PROTOCOL]: { credential, bot, sensors: [sensor] } },
  });
  await using collector = new LoginBot("http://sandbox/api", bot.token, 120, {
    fetch: sandbox.fetch,
    logSink: () => {},
  });
  const stop = new AbortController();
  let polls = 0;
  sandbox.onValues(() => {
    if (++polls === 2) session++; // the device forgets the session
    if (requests.filter((path) => path === "/login").length === 2) stop.abort();
  });
  await collector.execute({ signal: stop.signal });

  const changes = requests.filter((path, n) => path !== requests[n - 1]);
  assertEquals(changes.at(-1), "/logout");
  assertEquals(
    changes.filter((path) => path !== "/logout"),
    ["/login", "/power", "/login", "/power"],
  );
});
