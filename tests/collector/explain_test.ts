import { assert, assertEquals } from "@std/assert";
import type { EntityInfo } from "../../src/discovery/entity_info.ts";
import { intervalsOf } from "../../src/discovery/entity_info.ts";
import type { Job } from "../../src/jobs/job.ts";
import { explainBot } from "../../src/collector/collector.ts";
import { grafolean, job, PROTOCOL, TestBot } from "./collector_kit.ts";

/** Explains the jobs of a bot that are made from all its devices at once. */
async function explain(
  it: ReturnType<typeof grafolean>,
  jobsOf: (devices: EntityInfo[]) => Job[],
  { devices, protocol = PROTOCOL }: { devices?: string[]; protocol?: string } = {},
) {
  const bot = new TestBot({
    token: it.bot.token,
    jobs: async function* (bot) {
      yield* jobsOf(await Array.fromAsync(bot.fetchJobConfigs(protocol)));
    },
    options: {
      fetch: it.sandbox.fetch,
      outboxFile: "/does/not/exist",
      devicesFile: "/does/not/exist",
      dryRun: () => {},
      ...(devices && { devices }),
    },
  });
  return { ...await explainBot(bot), logged: bot.logged("warn", "error") };
}

Deno.test("explainBot tells apart the jobs of a device, of several and of none", async () => {
  const it = grafolean();
  const before = Date.now() / 1000;
  const [one, two, three] = ["one", "two", "three"].map((name) => it.addDevice([60, 300], name));
  const { accounts, sharedJobs, logged } = await explain(it, (infos) => [
    job("traffic", {
      intervals: [60],
      startTs: 0,
      jobParams: { devices: infos.filter(({ name }) => name !== "three") },
    }),
    job(`slow-${three!.id}`, { intervals: [60, 300], startTs: 0, jobParams: null }),
    // A job for a sensor, whose id may be that of another device.
    job(`${two!.id}/${one!.id}`, { jobParams: { path: "a" } }),
    job("heartbeat", { intervals: [30], jobParams: [] }),
  ]);
  const devices = accounts[0]!.devices;
  assertEquals(
    devices.map(({ id, reason, jobs }) => [id, reason, jobs.map(({ jobId }) => jobId)]),
    [
      [one!.id, undefined, ["traffic"]],
      [three!.id, undefined, [`slow-${three!.id}`]],
      [two!.id, undefined, ["traffic", `${two!.id}/${one!.id}`]],
    ],
  );
  assertEquals(sharedJobs.map(({ jobId, devices }) => [jobId, devices]), [
    ["traffic", 2],
    ["heartbeat", 0],
  ]);
  const { nextRuns } = devices[1]!.jobs[0]!;
  for (const { at, intervals } of nextRuns) {
    assertEquals(intervals, at % 300 === 0 ? [60, 300] : [60]);
    assertEquals(at % 60, 0);
  }
  assert(nextRuns[0]!.at >= before);
  // Neither file was touched.
  assertEquals(logged, []);
});

Deno.test("explainBot shows sensors without interval only where they decide", async () => {
  const it = grafolean();
  const sensor = it.sandbox.addSensor(it.account, { protocol: PROTOCOL, defaultInterval: null });
  const credential = it.sandbox.addCredential(it.account, { protocol: PROTOCOL });
  const protocols = { [PROTOCOL]: { credential, bot: it.bot, sensors: [sensor] } };
  it.sandbox.addEntity(it.account, { name: "router", protocols });
  const shared = await explain(
    it,
    (infos) => [job("traffic", { jobParams: [...infos, { entityId: 1 }] })],
  );
  const [alone] = shared.accounts[0]!.devices;
  assertEquals([alone?.reason, alone?.jobs.length, alone?.notes], [undefined, 1, []]);
  const own = await explain(
    it,
    (infos) =>
      infos.map((info) =>
        job(`${info.entityId}`, { intervals: intervalsOf(info), jobParams: info })
      ),
  );
  const [device] = own.accounts[0]!.devices;
  assertEquals(device?.reason, "without interval");
  assertEquals(device?.notes.length, 1);
  const left = await explain(it, () => []);
  assertEquals(left.accounts[0]!.devices[0]?.reason, "without job");
});

Deno.test("explainBot reports a bot of another protocol, and devices that do not exist", async () => {
  const it = grafolean();
  it.addDevice([60], "router");
  const { problems, unknownDevices, accounts } = await explain(it, () => [], {
    protocol: "other",
    devices: ["ruter"],
  });
  assertEquals(problems, [
    `In Grafolean the bot has the protocol ${PROTOCOL}, so no device can choose it for other`,
  ]);
  assertEquals(unknownDevices, ['No such device "ruter": did you mean "router"?']);
  assertEquals(accounts.map(({ devices }) => devices), [[]]);
});
