import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { inspectCollector } from "../../src/collector/collector.ts";
import type { EndedRefresh } from "../../src/collector/inspection.ts";
import { intervalsOf } from "../../src/discovery/entity_info.ts";
import { ConfigError, GrafoleanError } from "../../src/util/errors.ts";
import { VirtualTime } from "../virtual_time.ts";
import { grafolean, job, PROTOCOL, START, TestBot, type TestBotOptions } from "./collector_kit.ts";

/** A job for each device, which sends its name. */
function jobsFor(...protocols: readonly string[]): TestBotOptions["jobs"] {
  return async function* (bot) {
    for (const protocol of protocols) {
      for await (const device of bot.fetchJobConfigs(protocol)) {
        yield job(`${protocol} ${device.name}`, {
          intervals: intervalsOf(device),
          startTs: START + 5,
          jobParams: device,
          performJob: (_affecting, _params, { sendResults }) =>
            sendResults(device.accountId, { [device.name]: 1 }),
        });
      }
    }
  };
}

/** Virtual time, and a folder that is removed at the end. */
class Stage implements AsyncDisposable {
  readonly time: VirtualTime = new VirtualTime(START);
  readonly folder: string = Deno.makeTempDirSync();
  readonly file: string = `${this.folder}/devices.json`;

  /** Lets time pass until a condition holds, but not in no time at all: files take real time. */
  async passUntil(condition: () => boolean): Promise<void> {
    for (let n = 0; !condition(); n++) {
      if (n > 20_000) throw new Error(`It never holds: ${condition}`);
      await this.time.pass(0.05);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // a millisecond
    }
  }

  /** Lets time pass until a promise settles. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => isSettled = true;
    promise.then(settled, settled);
    await this.passUntil(() => isSettled);
    return await promise;
  }

  /** Runs a bot until its jobs are refreshed, and stops it. */
  async runUntilRefreshed(bot: TestBot): Promise<void> {
    const { stop, work } = start(bot);
    await this.passUntil(() => bot.stats().refresh.ok === true);
    stop.abort();
    await this.until(work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.time[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function start(bot: TestBot): { stop: AbortController; work: Promise<void> } {
  const stop = new AbortController();
  const work = bot.execute({ signal: stop.signal });
  work.catch(() => {});
  return { stop, work };
}

Deno.test("Collector polls the devices of its last run at once when it starts while Grafolean is away", async () => {
  await using stage = new Stage();
  const { time, file, folder } = stage;
  const { sandbox, account, bot: { token }, addDevice } = grafolean();
  const [attic] = ["attic", "cellar", "hall"].map((name) => addDevice([10], name));
  const newBot = () =>
    new TestBot({
      token,
      jobs: jobsFor(PROTOCOL),
      refresh: 3600,
      options: { fetch: sandbox.fetch, devicesFile: file, outboxFile: `${folder}/outbox.db` },
    });
  await stage.runUntilRefreshed(newBot());
  assert(!(await Deno.readTextFile(file)).includes(token));
  if (Deno.build.os !== "windows") assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  await Deno.utime(file, time.now() / 1000 - 7200, time.now() / 1000 - 7200);

  const outage = sandbox.faults.add({ drop: "before-body" });
  const bot = newBot();
  const { stop, work } = start(bot);
  await stage.passUntil(() => bot.stats().runs.ok >= 6);
  const { refresh, values, jobs } = bot.stats();
  assertEquals(jobs.known, 3);
  assert(values.waiting >= 6);
  assertEquals(refresh.ok, false);
  assertStringIncludes(refresh.error!, "Grafolean at http://sandbox/api cannot be reached");
  const [error, ...more] = bot.logged("error");
  assertStringIncludes(error!, "Grafolean at http://sandbox/api cannot be reached");
  assertStringIncludes(
    error!,
    `; polling the 3 devices for demo from "${file}", as known 2 h before the start`,
  );
  assertEquals(more, []);

  outage.remove();
  const admin = sandbox.addBot({ protocol: PROTOCOL, permissions: "all" });
  await sandbox.fetch(
    `http://sandbox/api/accounts/${account.id}/entities/${attic!.id}?b=${admin.token}`,
    { method: "DELETE" },
  );
  const back = time.now();
  await stage.passUntil(() => bot.stats().refresh.ok === true);
  assert(time.now() - back < 3_000_000, "sooner than at the refresh interval");
  assertEquals(bot.stats().jobs.known, 2);
  assertMatch(
    bot.logged("info").join("\n"),
    /^Resolved after .*: Grafolean at http:\/\/sandbox\/api cannot be reached/m,
  );
  await stage.passUntil(() => bot.stats().values.waiting === 0);
  for (const name of ["attic", "cellar", "hall"]) {
    assert(sandbox.values(account, name).length >= 2, name);
  }
  stop.abort();
  await stage.until(work);
  assert(!(await Deno.readTextFile(file)).includes("attic"));
});

Deno.test("Collector gives up a Grafolean that does not answer after 10 s if it knows devices", async () => {
  await using stage = new Stage();
  const { sandbox, bot: { token }, addDevice } = grafolean();
  addDevice([10]);
  const options = { fetch: sandbox.fetch, devicesFile: stage.file };
  const newBot = () => new TestBot({ token, jobs: jobsFor(PROTOCOL), options });
  await stage.runUntilRefreshed(newBot());
  sandbox.faults.add({ hang: true });
  const bot = newBot();
  const { stop, work } = start(bot);
  await stage.passUntil(() => bot.stats().runs.ok > 0);
  assertStringIncludes(bot.stats().refresh.error!, "did not answer within 10 s (GET /accounts)");
  stop.abort();
  await stage.until(work);
});

Deno.test("Collector ends at the start if its token is refused, whatever devices it knows from its last run", async () => {
  await using stage = new Stage();
  const { sandbox, bot, addDevice } = grafolean();
  addDevice();
  const options = { fetch: sandbox.fetch, devicesFile: stage.file };
  const newBot = () => new TestBot({ token: bot.token, jobs: jobsFor(PROTOCOL), options });
  await stage.runUntilRefreshed(newBot());
  sandbox.removeBot(bot);
  const { work } = start(newBot());
  const error = await assertRejects(() => stage.until(work), GrafoleanError);
  assertEquals(error.status, 401);
});

Deno.test("Collector keeps the devices of two protocols in one file", async () => {
  await using stage = new Stage();
  const { sandbox, account, bot: { token }, addDevice } = grafolean();
  addDevice([10], "attic");
  const sensor = sandbox.addSensor(account, { protocol: "other", defaultInterval: 10 });
  const credential = sandbox.addCredential(account, { protocol: "other" });
  sandbox.addEntity(account, {
    name: "cellar",
    protocols: { other: { credential, sensors: [sensor] } },
  });
  const options = { fetch: sandbox.fetch, devicesFile: stage.file };
  const newBot = () => new TestBot({ token, jobs: jobsFor(PROTOCOL, "other"), options });
  await stage.runUntilRefreshed(newBot());

  const outage = sandbox.faults.add({ status: 503 });
  const bot = newBot();
  const { stop, work } = start(bot);
  await stage.passUntil(() => bot.stats().runs.ok >= 4);
  assertEquals(bot.stats().jobs.known, 2);
  assertEquals(bot.logged("error").map((line) => /for (\w+)/.exec(line)?.[1]), [PROTOCOL, "other"]);
  outage.remove();
  await stage.passUntil(() => bot.stats().refresh.ok === true);
  assertEquals(bot.stats().jobs.known, 2);
  stop.abort();
  await stage.until(work);
});

Deno.test("Collector.runOnce runs the jobs of the last run while Grafolean is away, but not a dry run", async () => {
  await using stage = new Stage();
  const { file } = stage;
  const { sandbox, bot: { token }, addDevice } = grafolean();
  addDevice([10], "attic");
  const newBot = (dryRun?: () => void) =>
    new TestBot({
      token,
      jobs: jobsFor(PROTOCOL),
      options: { fetch: sandbox.fetch, devicesFile: file, ...(dryRun && { dryRun }) },
    });
  await stage.until(newBot(() => {}).runOnce());
  await assertRejects(() => Deno.stat(file), Deno.errors.NotFound);
  await stage.until(newBot().runOnce());

  sandbox.faults.add({ drop: "before-body" });
  const { ok, waiting } = await stage.until(newBot().runOnce());
  assertEquals({ ok, waiting }, { ok: 1, waiting: 1 });
  await assertRejects(() => stage.until(newBot(() => {}).runOnce()), GrafoleanError);
});

Deno.test("Collector.runOnce finds a chosen device among those of the last run while Grafolean is away", async () => {
  await using stage = new Stage();
  const { sandbox, bot: { token }, addDevice } = grafolean();
  addDevice([10], "attic");
  addDevice([10], "cellar");
  const newBot = (devices?: string[]) =>
    new TestBot({
      token,
      jobs: jobsFor(PROTOCOL),
      options: { fetch: sandbox.fetch, devicesFile: stage.file, ...(devices && { devices }) },
    });
  await stage.until(newBot().runOnce());

  sandbox.faults.add({ drop: "before-body" });
  assertEquals((await stage.until(newBot(["attic"]).runOnce())).ok, 1);
  const unknown = await assertRejects(() => stage.until(newBot(["loft"]).runOnce()), ConfigError);
  assertStringIncludes(unknown.message, 'Cannot find the device "loft"');
});

Deno.test("inspectCollector lists the devices of the last run while Grafolean is away", async () => {
  await using stage = new Stage();
  const { sandbox, account, bot: { token }, addDevice } = grafolean();
  const { id } = addDevice([10], "attic");
  const newBot = () =>
    new TestBot({
      token,
      jobs: jobsFor(PROTOCOL),
      options: { fetch: sandbox.fetch, devicesFile: stage.file },
    });
  await stage.until(newBot().runOnce());

  sandbox.faults.add({ drop: "before-body" });
  const bot = newBot();
  const refreshes: EndedRefresh[] = [];
  inspectCollector(bot).observe({ onRefresh: (refresh) => void refreshes.push(refresh) });
  await stage.until(bot.runOnce());
  const [device] = inspectCollector(bot).devices();
  assertEquals([device?.id, device?.name, device?.info?.name], [id, "attic", "attic"]);
  assertEquals(device?.account, { id: account.id, name: "" });
  assertEquals([...inspectCollector(bot).jobs()].map(({ entityIds }) => entityIds), [[id]]);
  assertEquals(refreshes.map(({ ok }) => ok), [false]);
});
