import { assert, assertEquals } from "@std/assert";
import type { QueuedRequest } from "../../src/delivery/account_values.ts";
import type { GrafoleanAnswer } from "../../src/grafolean/request.ts";
import { FULL } from "../full.ts";
import { type Outcome, simulate, type Stream } from "./simulation.ts";

const SEEDS = [1, 2, 3];

const BAD_PATHS = ["job.3.2", "job.5.1", "job.9.4"];

/** Plays a stream with both deliveries and some seeds. */
async function play(
  stream: Omit<Stream, "delivery" | "seed">,
  check: (outcome: Outcome, name: string) => void,
  seeds = SEEDS,
): Promise<void> {
  for (const delivery of ["post", "put"] as const) {
    for (const seed of seeds) {
      const outcome = await simulate({ ...stream, delivery, seed });
      const name = `${delivery}, seed ${seed}`;
      assertEquals(outcome.refused, 0, name);
      assertEquals(outcome.stored.length, outcome.good, name);
      check(outcome, name);
    }
  }
}

for (
  const [name, share, backend] of [
    ["nothing is wrong", 1, {}],
    ["one path is bad", 0.99, { isBad: (path) => path === "job.3.2" }],
    ["three paths are bad", 0.99, { isBad: (path) => BAD_PATHS.includes(path) }],
    ["one value in 500 is bad", 0.99, { isBad: (_path, random) => random() < 1 / 500 }],
    ["a fifth of the requests fails", 0.99, { failing: 0.2 }],
    ["half of the requests fail", 0.99, { failing: 0.5 }],
    ["four of five requests fail", 0.9, { failing: 0.8 }],
  ] satisfies [string, number, Pick<Stream, "isBad" | "failing">][]
) {
  Deno.test(`AccountQueue stores ${share * 100} % of 50 values a second within 2 s where ${name}`, async () => {
    await play({ ...backend, duration: 120 }, ({ inTime }, seed) => {
      assert(inTime >= share, `${seed}: ${inTime}`);
    });
  });
}

Deno.test("AccountQueue stores 99 % of the values of a slow job within 2 s where one path is bad", async () => {
  const slow = { jobs: 1, valuesPerRun: 20, interval: 10, duration: 600 };
  await play({ ...slow, isBad: (path) => path === "job.0.7" }, ({ inTime }, seed) => {
    assert(inTime >= 0.99, `${seed}: ${inTime}`);
  });
});

Deno.test("AccountQueue soon stores all good values although many answers in a row fail because of several bad paths", async () => {
  const isBad = (path: string) => /^job\.1\.[5-9]$/.test(path);
  await play(
    { jobs: 2, valuesPerRun: 15, interval: 0.1, duration: 1.2, requestMs: 45, isBad },
    ({ stored }, seed) => {
      const last = Math.max(...stored.map(({ storedAt }) => storedAt));
      assert(last < 30, `${seed}: ${last} s`);
    },
    // With these, it takes the backend for sick and sends single values. It must not choose bad ones again and again.
    [8, 9, 24],
  );
});

const FAULT_AT = 20;

interface FaultKind {
  readonly name: string;
  answer(request: QueuedRequest): GrafoleanAnswer | "no answer" | undefined;
  /** Whether probes fail, too. */
  readonly isDown?: boolean;
  /** How long values may wait after the fault, in seconds, if it is not 10. */
  mostSeconds?(duration: number): number;
}

const status = (status: number, body = "") => (): GrafoleanAnswer => ({ status, body });
const forbidden = (method: string) => (request: QueuedRequest) =>
  request.method === method ? { status: 403, body: "" } : undefined;
const failingPaths = (paths: readonly string[]) => ({ batch }: QueuedRequest) =>
  batch.values.some(({ p }) => paths.includes(p)) ? { status: 500, body: "" } : undefined;
// A path is tried again after an eighth of the time for which it has failed, or a minute.
const quarantined = (duration: number) => 10 + Math.min(60, duration / 8);
// Somebody has to do something first, so attempts become rare after two minutes. A read that succeeds ends that.
const untilMended = (duration: number) => duration > 120 ? 60 : 10;

const FAULT_KINDS: readonly FaultKind[] = [
  { name: "one path", answer: failingPaths(BAD_PATHS.slice(0, 1)), mostSeconds: quarantined },
  { name: "three paths", answer: failingPaths(BAD_PATHS), mostSeconds: quarantined },
  { name: "500", answer: status(500, "Internal Server Error") },
  { name: "500 of the database", answer: status(500, "Could not validate access"), isDown: true },
  { name: "a foreign 400", answer: status(400, "Please use HTTPS!") },
  { name: "503", answer: status(503), isDown: true },
  { name: "503 on writing", answer: status(503) },
  { name: "no answer", answer: () => "no answer", isDown: true },
  { name: "404", answer: status(404), isDown: true },
  { name: "a login page", answer: status(200, "<html>"), isDown: true },
  // The size of requests has to be found again.
  { name: "413", answer: status(413), mostSeconds: (duration) => duration > 120 ? 20 : 10 },
  { name: "401", answer: status(401), mostSeconds: untilMended },
  { name: "403", answer: status(403), mostSeconds: untilMended },
  { name: "403 on POST", answer: forbidden("POST") },
  { name: "403 on PUT", answer: forbidden("PUT"), mostSeconds: untilMended },
];

for (const { name, answer, isDown = false, mostSeconds = () => 10 } of FAULT_KINDS) {
  Deno.test(`AccountQueue stores all good values soon after a fault has ended: ${name}`, async () => {
    for (const duration of [5, 60, 600]) {
      const end = FAULT_AT + duration;
      const isOn = (now: number) => now >= FAULT_AT && now < end;
      const stream: Omit<Stream, "delivery" | "seed"> = {
        duration: end + 20,
        // As in reality, something else is wrong, too.
        isBad: (path) => path === "job.1.1",
        fault: (request, now) => isOn(now) ? answer(request) : undefined,
        isUp: (now) => !(isDown && isOn(now)),
      };
      await play(stream, ({ stored }, seed) => {
        const lateness = stored.map(({ sentAt, storedAt }) => storedAt - Math.max(sentAt, end));
        const most = Math.max(...lateness);
        assert(most <= mostSeconds(duration), `${duration} s, ${seed}: ${most} s`);
      }, duration > 60 && !FULL ? [1] : SEEDS);
    }
  });
}

Deno.test("AccountQueue isolates a lone path that is bad beside slow good values at other times", async () => {
  await play(
    { jobs: 2, valuesPerRun: 1, interval: 10, duration: 1200, isBad: (path) => path === "job.0.0" },
    // Otherwise it takes the backend for sick over and over again.
    ({ requests }, seed) => assert(requests < 300, `${seed}: ${requests} requests`),
  );
});
