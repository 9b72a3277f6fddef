import { Collector, type EntityInfo, intervalsOf, type PerformJob } from "@grafolean/collector";
import { runInSandbox } from "@grafolean/collector/testing";
import { assertEquals, assertMatch } from "@std/assert";
import { EventReader } from "../event_reader.ts";

const answer: PerformJob<EntityInfo> = async (_intervals, device, context) => {
  await context.sendResults(device.accountId, { [`entity.${device.entityId}.test.answer`]: 42 });
};

class TestBot extends Collector {
  override async *jobs() {
    for await (const device of this.fetchJobConfigs("test")) {
      yield {
        jobId: `${device.entityId}`,
        intervals: intervalsOf(device),
        performJob: answer,
        jobParams: device,
      };
    }
  }
}

Deno.test("runInSandbox prints values with the names of their devices, until stopped", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  await runInSandbox(TestBot, {
    protocol: "test",
    devices: [
      { name: "kitchen", sensors: [{ interval: 1 }] },
      { name: "cellar", sensors: [{ interval: 3600 }] },
    ],
    collector: { logSink: () => {} },
    signal: stop.signal,
    print: (line) => {
      lines.push(line);
      if (line.includes("kitchen")) stop.abort();
    },
  });
  assertMatch(lines[0]!, /^See it live at http:\/\/127\.0\.0\.1:\d+\/ /);
  assertMatch(lines[1]!, /^ {2}\d\d:\d\d:\d\d {2}kitchen +entity\.\d+\.test\.answer +42$/);
  assertEquals(lines.at(-1), "\nStopped. Runs: 1 ok, 0 failed. Values: 1 sent.");
});

Deno.test("runInSandbox prints the first value of each path only, as all of them would hide its address", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  let runs = 0;
  const performJob: PerformJob<EntityInfo> = async (_intervals, { accountId }, context) => {
    runs++;
    await context.sendResults(accountId, { "test.runs": runs, [`test.run${runs}`]: runs });
    if (runs === 3) stop.abort();
  };
  class CountingBot extends Collector {
    override async *jobs() {
      for await (const device of this.fetchJobConfigs("test")) {
        yield { jobId: "count", intervals: [1], performJob, jobParams: device };
      }
    }
  }
  await runInSandbox(CountingBot, {
    protocol: "test",
    devices: [{ name: "kitchen", sensors: [{ interval: 1 }] }],
    collector: { logSink: () => {} },
    signal: stop.signal,
    print: (line) => void lines.push(line),
  });
  const paths = lines.flatMap((line) => /(test\.run\w+) +(\S+)$/.exec(line)?.slice(1) ?? []);
  assertEquals(paths, ["test.runs", "1", "test.run1", "1", "test.run2", "2", "test.run3", "3"]);
});

Deno.test("runInSandbox shares equal sensors between devices, as Grafolean does", async () => {
  class SensorBot extends Collector {
    override async *jobs() {
      for await (const { accountId, sensors } of this.fetchJobConfigs("test")) {
        for (const { sensorId, interval } of sensors) {
          yield {
            jobId: `${sensorId}`,
            intervals: [interval!],
            performJob: answer,
            jobParams: { accountId, entityId: 1 } as EntityInfo,
          };
        }
      }
    }
  }
  const stop = new AbortController();
  const warnings: string[] = [];
  await runInSandbox(SensorBot, {
    protocol: "test",
    devices: ["kitchen", "cellar"].map((name) => ({
      name,
      sensors: [{ interval: 1 }, { interval: 1 }, { interval: 1, details: { name } }],
    })),
    collector: {
      logSink: ({ level, message }) => void (level === "warn" && warnings.push(message)),
    },
    signal: stop.signal,
    print: (line) => {
      if (line.includes("entity.1.test.answer")) stop.abort();
    },
  });
  // The third is another one for each device.
  assertEquals(warnings.length, 2);
  assertMatch(warnings[0]!, /^A second job "\d+" is left out/);
});

Deno.test("runInSandbox serves its page, and the status of the bot beside it", async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const seen = Promise.withResolvers<void>();
  const end = runInSandbox(TestBot, {
    protocol: "test",
    devices: [{ name: "kitchen", sensors: [{ name: "answer", interval: 1 }] }],
    collector: { logSink: () => {} },
    signal: stop.signal,
    print: (line) => {
      lines.push(line);
      if (line.includes("kitchen")) seen.resolve();
    },
  });
  await seen.promise;
  const url = /http:\S+/.exec(lines[0]!)![0];
  const events = await EventReader.open(`${url}page/events`);
  const { hasBot, accounts: [account] } = await events.next("state");
  assertEquals(hasBot, true);
  assertEquals(account.devices[0].sensors[0].name, "answer");
  const { rows } = await events.until("values", ({ rows }) => rows.length > 0);
  assertEquals(rows[0][1], `entity.${account.devices[0].id}.test.answer`);
  await events[Symbol.asyncDispose]();
  const { name, ok } = await (await fetch(`${url}bot/healthz`)).json();
  assertEquals([name, ok], ["TestBot", true]);
  stop.abort();
  await end;
});
