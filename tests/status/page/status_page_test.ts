import { assert, assertEquals } from "@std/assert";
import { StatusPage } from "../../../src/status/page/status_page.ts";
import { grafolean, job, PROTOCOL, START, TestBot } from "../../collector/collector_kit.ts";
import { settle, VirtualTime } from "../../virtual_time.ts";
import { FakeRunningBot, get, Viewer } from "./page_kit.ts";

/** A bot with a page, in virtual time. */
class Stage implements AsyncDisposable {
  readonly time = new VirtualTime(START);
  readonly bot: TestBot;
  readonly running: FakeRunningBot;
  readonly page: StatusPage;
  readonly #stop = new AbortController();
  #execution: Promise<void> | undefined;

  constructor(options: ConstructorParameters<typeof TestBot>[0], token?: string) {
    this.bot = new TestBot(options);
    this.running = new FakeRunningBot(this.bot, token);
    this.page = new StatusPage(this.running);
  }

  async start(): Promise<void> {
    this.#execution = this.bot.execute({ signal: this.#stop.signal });
    await settle();
  }

  /** Lets time pass until a viewer has been shown something. */
  async shows(viewer: Viewer, condition: () => boolean): Promise<void> {
    while (!condition()) await this.time.until(viewer.next());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page[Symbol.asyncDispose]();
    this.#stop.abort();
    if (this.#execution !== undefined) await this.time.until(this.#execution);
    this.time[Symbol.dispose]();
  }
}

/** Jobs of which ten run each second. */
function jobs(count: number, performJob = () => {}) {
  return Array.from(
    { length: count },
    (_, index) =>
      job(`job-${index}`, { intervals: [100], startTs: START + index / 10, performJob }),
  );
}

Deno.test("StatusPage has relative addresses and no script or style in the page", async () => {
  await using stage = new Stage({ jobs: () => [] });
  const response = await get(stage.page, "");
  const html = await response.text();
  assert(response.headers.get("content-security-policy")?.includes("default-src 'none'"));
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
  const parts = addresses.filter((address) => !address.startsWith("data:"));
  assertEquals(parts, ["page.css", "uplot.js", "page.js"]);
  for (const part of parts) {
    assert((await (await get(stage.page, part)).text()).length > 1000, part);
  }
  assert(!/<style|<script(?![^>]*src=)|style="/.test(html));
  const script = await (await get(stage.page, "page.js")).text();
  assert(!/innerHTML|outerHTML|insertAdjacentHTML|https?:\/\//.test(script));
  assertEquals(await stage.page.handle(new Request("http://127.0.0.1/x"), "x"), undefined);
});

Deno.test("StatusPage shows each device and job, jobs for no device, and devices that are not polled", async () => {
  const { sandbox, account, bot, credential, addDevice } = grafolean();
  const single = addDevice([60], "single");
  const twice = addDevice([60], "twice");
  const jobless = addDevice([60], "jobless");
  const other = sandbox.addBot({ protocol: PROTOCOL, account });
  const sensors = [sandbox.addSensor(account, { protocol: PROTOCOL, defaultInterval: 60 })];
  sandbox.addEntity(account, {
    name: "left out",
    protocols: { [PROTOCOL]: { credential, bot: other, sensors } },
  });
  await using stage = new Stage({
    async *jobs(bot) {
      for await (const device of bot.fetchJobConfigs(PROTOCOL)) {
        const { entityId: id, name } = device;
        if (id === jobless.id) continue;
        yield job(`${id}`, { name, jobParams: device });
        if (id === twice.id) {
          yield job(`${id}-slow`, { name: "slow", intervals: [300], jobParams: device });
        }
      }
      yield job("self", { name: "Own state" });
    },
    token: bot.token,
    options: { fetch: sandbox.fetch },
  });
  await stage.start();
  await stage.time.pass(1);
  await using viewer = await Viewer.open(stage.page);
  await viewer.upTo("complete");
  const rows = [...viewer.rows.values()].map((
    { name, label, account, job, device, intervals, reason },
  ) =>
    [name, label, account, job, device, intervals, reason].filter((each) => each !== undefined)
      .join(" | ")
  );
  const another = [...viewer.rows.values()].find(({ name }) => name === "left out")?.device;
  assertEquals(rows.sort(), [
    "Own state | self | 60",
    `jobless | Home | ${jobless.id} | no job`,
    `left out | Home | ${another} | of another bot`,
    `single | Home | ${single.id} | ${single.id} | 60`,
    `twice | slow | Home | ${twice.id}-slow | ${twice.id} | 300`,
    `twice | twice | Home | ${twice.id} | ${twice.id} | 60`,
  ]);
});

Deno.test("StatusPage shows what a job did last, and everything of it on request", async () => {
  let fails = false;
  await using stage = new Stage({
    jobs: () => [
      job("kitchen", {
        intervals: [10],
        startTs: START + 5,
        performJob: (_intervals, _params, context) => {
          if (fails) throw new Error("No answer");
          return context.sendResults(1, { "a.one": 1, "a.two": "2.5", "a.three": 3, "a.four": 4 });
        },
      }),
    ],
  });
  await stage.start();
  await using viewer = await Viewer.open(stage.page);
  await viewer.upTo("complete");
  assertEquals(viewer.lines.get("kitchen"), {
    job: "kitchen",
    state: "first",
    next: START + 5,
    values: [],
  });
  await stage.shows(viewer, () => viewer.lines.get("kitchen")!.state === "ok");
  const line = viewer.lines.get("kitchen")!;
  assertEquals([line.state, line.next, line.error, line.failingSince], [
    "ok",
    START + 15,
    undefined,
    undefined,
  ]);
  assertEquals(line.values.map(([path, value]) => [path, value]), [["a.one", 1], ["a.two", "2.5"], [
    "a.three",
    3,
  ]]);
  fails = true;
  await stage.shows(viewer, () => viewer.lines.get("kitchen")!.next === START + 35);
  const failing = viewer.lines.get("kitchen")!;
  assertEquals([failing.state, failing.error?.split(" (")[0], Math.round(failing.failingSince!)], [
    "failing",
    "Error: No answer",
    START + 15,
  ]);
  const details = await (await get(stage.page, "job?id=kitchen")).json();
  assertEquals(details.error, failing.error);
  assertEquals(details.values.map(([path]: [string]) => path), [
    "a.four",
    "a.one",
    "a.three",
    "a.two",
  ]);
  assertEquals(await (await get(stage.page, "job?id=nobody")).json(), { values: [] });
});

Deno.test("StatusPage shows the problem that a job itself reports, and that it has ended", async () => {
  let isDown = true;
  await using stage = new Stage({
    jobs: () => [
      job("site", {
        intervals: [10],
        startTs: START + 2,
        performJob: (_intervals, _params, { problems }) => {
          if (isDown) problems.raise("down", "The site is down");
          else problems.clear("down");
        },
      }),
    ],
  });
  await stage.start();
  await using viewer = await Viewer.open(stage.page);
  await viewer.upTo("complete");
  const line = () => viewer.lines.get("site")!;
  await stage.shows(viewer, () => line().state === "problem");
  assertEquals([line().error, Math.round(line().failingSince!)], ["The site is down", START + 2]);
  assertEquals((await (await get(stage.page, "job?id=site")).json()).error, "The site is down");
  isDown = false;
  await stage.shows(viewer, () => line().state === "ok");
  assertEquals([line().error, line().failingSince], [undefined, undefined]);
});

Deno.test("StatusPage shows which jobs wait for their turn", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const performJob = () => promise;
  const fields = { intervals: [10], startTs: START + 2, performJob };
  await using stage = new Stage({
    jobs: () => [job("first", fields), job("second", fields)],
    options: { maxConcurrentJobs: 1 },
  });
  await stage.start();
  await using viewer = await Viewer.open(stage.page);
  await viewer.upTo("complete");
  const states = () => [...viewer.lines.values()].map(({ state }) => state).sort();
  await stage.shows(viewer, () => String(states()) === "late,running");
  resolve();
  await stage.shows(viewer, () => String(states()) === "ok,ok");
});

Deno.test("StatusPage sends only what has changed, and nothing of it to nobody", async () => {
  const count = 1000;
  await using stage = new Stage({ jobs: () => jobs(count) });
  await stage.start();
  await stage.time.pass(3);
  assertEquals(stage.running.asked, 1);
  const viewer = await Viewer.open(stage.page);
  const chunks = (await viewer.upTo("complete")).filter(({ event }) => event === "rows");
  assertEquals(chunks.length, 5);
  assertEquals(viewer.rows.size, count);
  const changed = new Set<string>();
  for (let second = 0; second < 5; second++) {
    await stage.time.pass(1);
    for (const { event, data } of await viewer.upTo("rows")) {
      if (event !== "rows") continue;
      assertEquals(data.rows, []);
      for (const line of data.jobs) changed.add(line.job);
    }
  }
  assert(changed.size > 0 && changed.size < count / 5, `${changed.size} lines`);
  await viewer[Symbol.asyncDispose]();
  const asked = stage.running.asked;
  await stage.time.pass(5);
  assertEquals(stage.running.asked, asked);
});

Deno.test("StatusPage keeps nothing for a viewer who does not read, and shows him the latest when he does", async () => {
  const count = 1000;
  let names = "first";
  await using stage = new Stage({
    refresh: 2,
    jobs: () => Array.from({ length: count }, (_, index) => job(`job-${index}`, { name: names })),
  });
  await stage.start();
  await stage.time.pass(1);
  await using slow = await Viewer.open(stage.page);
  await slow.upTo("complete");
  const before = slow.read;
  for (let refresh = 0; refresh < 30; refresh++) {
    names = `name ${refresh}`.padEnd(100, ".");
    await stage.time.pass(2);
  }
  const latest = () => [...slow.rows.values()].every(({ name }) => name === names);
  await stage.shows(slow, latest);
  // What was on its way, and one more time everything.
  assert(slow.read - before < 4 * count * 250, `${slow.read - before} characters`);
});

Deno.test("StatusPage takes rows away, and tells everybody who looks", async () => {
  let count = 3;
  await using stage = new Stage({ refresh: 10, jobs: () => jobs(count) });
  await stage.start();
  await stage.time.pass(1);
  await using one = await Viewer.open(stage.page);
  await using other = await Viewer.open(stage.page);
  await one.upTo("complete");
  await other.upTo("complete");
  count = 1;
  for (const viewer of [one, other]) {
    await stage.shows(viewer, () => viewer.rows.size === 1);
    assertEquals([...viewer.rows.keys()], ["job job-0"]);
  }
});

Deno.test("StatusPage shows the last 10 minutes to whoever comes", async () => {
  await using stage = new Stage({ jobs: () => [] });
  await stage.start();
  await stage.time.pass(700, 1000);
  await using viewer = await Viewer.open(stage.page);
  const [first] = await viewer.upTo("bot");
  assert(first?.event === "bot");
  assertEquals(first.data.history.length, 600);
  assertEquals(first.data.history.at(-1), [START + 700, 0, 0]);
});

Deno.test("StatusPage shows the token nowhere", async () => {
  const token = "0d7f6c1e-5b7a-4c1d-9b5e-1a2b3c4d5e6f";
  await using stage = new Stage({
    token,
    jobs: (bot) => {
      bot.raise("own", `Cannot use ${token}`);
      return [
        job(`id-${token}`, {
          name: `name of ${token}`,
          intervals: [10],
          startTs: START + 1,
          jobParams: { password: "secret-param" },
          performJob: async (_intervals, _params, context) => {
            await context.sendResults(1, { [`path.${token}`]: 1 });
            throw new Error(`GET http://grafolean/api?b=${token} failed`);
          },
        }),
      ];
    },
  }, token);
  await stage.start();
  await stage.time.pass(5);
  const response = await get(stage.page, "events");
  const text = response.text();
  await stage.time.pass(3);
  const details = await (await get(stage.page, `job?id=id-${token}`)).text();
  await stage.page[Symbol.asyncDispose]();
  const all = await text + details + await (await get(stage.page, "")).text();
  assert(all.includes("path.***") && all.includes("name of ***") && all.includes("Cannot use ***"));
  assert(all.includes("failed"));
  assert(!all.toLowerCase().includes(token.slice(0, 8)));
  assert(!all.includes("secret-param"));
});

Deno.test("StatusPage ends the streams of all viewers, and what is waiting for them", async () => {
  await using stage = new Stage({ jobs: () => jobs(3) });
  await stage.start();
  const viewer = await Viewer.open(stage.page);
  await viewer.upTo("complete");
  await stage.page[Symbol.asyncDispose]();
  while (await viewer.next() !== undefined);
  assertEquals((await get(stage.page, "events")).status, 503);
});
