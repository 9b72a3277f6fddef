import { assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { FakeTurns } from "../turns.ts";
import { device, FakeBackend, type Json } from "./fake_backend.ts";

const COUNT = 60;
const ids = Array.from({ length: COUNT }, (_, n) => 500 + n);

/**
 * Lets every look at an id, an address or the sensors of a device take a millisecond of work, until it is disposed of.
 *
 * @param onWork Called at each look.
 */
function slowDown(turns: FakeTurns, onWork: () => void = () => {}): Disposable {
  const realParse = JSON.parse;
  const slow = (object: Json, key: string): void => {
    const value = object[key];
    const get = (): unknown => {
      turns.work(1);
      onWork();
      return value;
    };
    Object.defineProperty(object, key, { get, enumerable: true });
  };
  JSON.parse = (text: string) => {
    const json = realParse(text);
    if (json.id !== undefined) slow(json, "id");
    if (json.details?.ipv4 !== undefined) slow(json.details, "ipv4");
    if (json.protocols?.ping !== undefined) slow(json.protocols.ping, "sensors");
    return json;
  };
  return {
    [Symbol.dispose]() {
      JSON.parse = realParse;
    },
  };
}

Deno.test("DeviceSource lets the event loop turn in each step of a refresh", async () => {
  using turns = new FakeTurns();
  using _slow = slowDown(turns);
  const folder = await Deno.makeTempDir();
  const file = `${folder}/devices.json`;
  const backend = new FakeBackend([5], file);
  const sensors = [10, 11].map((id) => ({ id, name: "new", default_interval: 60, details: {} }));
  const steps: [string, () => void, number][] = [
    ["the first", () => backend.account(5, ids.map((id) => device(id))), COUNT],
    ["a new sensor", () => backend.account(5, ids.map((id) => device(id)), { sensors }), COUNT],
    [
      "new addresses",
      () =>
        backend.account(5, ids.map((id) => device(id, {}, { details: { ipv4: `10.1.0.${id}` } }))),
      COUNT,
    ],
    ["sensors lost", () => backend.account(5, ids.map((id) => device(id, { sensors: [] }))), 0],
    ["unreadable", () => backend.account(5, ids.map((id) => ({ id }))), 0],
    ["of another bot", () => backend.account(5, ids.map((id) => device(id, { bot: 9 }))), 0],
  ];
  for (const [name, change, count] of steps) {
    change();
    const before = turns.count;
    turns.longest();
    assertEquals((await backend.fetch()).length, count, name);
    const longest = turns.longest();
    // A look at a device takes up to 4 ms, as it is for what may be several sensors.
    assertEquals(
      [longest <= 9, turns.count - before >= COUNT / 5],
      [true, true],
      `${name}: ${longest} ms`,
    );
  }
  const restarted = new FakeBackend([5], file);
  restarted.answers.set("/accounts", new Response("down", { status: 500 }));
  backend.account(5, ids.map((id) => device(id)));
  await backend.fetch();
  turns.longest();
  assertEquals((await restarted.fetch()).length, COUNT);
  assertEquals(turns.longest() <= 9, true);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("DeviceSource yields the same object as long as a device does not change", async () => {
  const backend = new FakeBackend([5]);
  backend.account(5, ids.map((id) => device(id)));
  const first = await backend.fetch();
  // Thousands of devices share a few sensors.
  assertEquals(first.every(({ sensors: [sensor] }) => sensor === first[0]!.sensors[0]), true);
  const [before] = backend.source.surveys;
  backend.account(
    5,
    ids.map((id) => device(id, {}, id === 501 ? { name: "renamed" } : {})),
  );
  const second = await backend.fetch();
  assertEquals(second.map(({ name }) => name)[1], "renamed");
  assertEquals(second.flatMap((info, n) => info === first[n] ? [] : [info.entityId]), [501]);
  const [after] = backend.source.surveys;
  const changed = after!.decisions.filter((each, n) => each !== before!.decisions[n]);
  assertEquals(changed.map(({ id }) => id), [501]);
});

Deno.test("DeviceSource yields new objects when a sensor or a credential has changed", async () => {
  const backend = new FakeBackend([5]);
  const [first] = await backend.fetch();
  const credentials = [{ id: 1, name: "c", protocol: "ping", details: { community: "new" } }];
  backend.account(5, [device(500)], { credentials });
  const [second] = await backend.fetch();
  assertEquals(second!.credentialDetails, { community: "new" });
  assertEquals(second!.sensors, first!.sensors);
  const sensors = [10, 11].map((id) => ({ id, name: "t", default_interval: 30, details: {} }));
  backend.account(5, [device(500)], { credentials, sensors });
  const [third] = await backend.fetch();
  assertEquals(third!.sensors.map(({ name }) => name), ["t", "t"]);
});

Deno.test("DeviceSource yields the same object when the credential of another device has changed", async () => {
  const backend = new FakeBackend([5]);
  const devices = [device(500), device(501, { credential: 2 })];
  const credentials = (community: string) =>
    [1, 2].map((id) => ({
      id,
      name: "c",
      protocol: "ping",
      details: { community: id === 2 ? community : "same" },
    }));
  backend.account(5, devices, { credentials: credentials("old") });
  const first = await backend.fetch();
  backend.account(5, devices, { credentials: credentials("new") });
  const second = await backend.fetch();
  assertEquals(second.map((info, n) => info === first[n]), [true, false]);
});

Deno.test("DeviceSource stops in the middle of a refresh", async () => {
  using turns = new FakeTurns();
  using _slow = slowDown(turns);
  const backend = new FakeBackend([5]);
  backend.account(5, ids.map((id) => device(id)));
  const known = (await backend.fetch()).length;
  const stop = new AbortController();
  const found: number[] = [];
  for await (const { entityId } of backend.source.fetch("ping", stop.signal)) {
    found.push(entityId);
    if (found.length === 10) break;
  }
  assertEquals([known, found], [COUNT, ids.slice(0, 10)]);
  await new Promise<void>((next) => setImmediate(next));
  assertEquals(await backend.ids(), ids);
});

Deno.test("DeviceSource stops reading in the turn in which its signal aborts, whatever it is at", async () => {
  using turns = new FakeTurns();
  let looks = 0;
  let stopAt = Infinity;
  let stop = new AbortController();
  using _slow = slowDown(turns, () => {
    if (++looks === stopAt) stop.abort(new Error("stopped"));
  });
  for (const [name, changes] of [["first", {}], ["sensors lost", { sensors: [] }]] as const) {
    /** Returns how many looks a refresh takes after the one at which it is stopped. */
    const refresh = async (looksUntilStop: number): Promise<number> => {
      const backend = new FakeBackend([5]);
      if (name !== "first") {
        backend.account(5, ids.map((id) => device(id)));
        await backend.fetch();
      }
      backend.account(5, ids.map((id) => device(id, changes)));
      stop = new AbortController();
      looks = 0;
      stopAt = looksUntilStop;
      const error = await backend.fetch("ping", stop.signal).catch((error) => error);
      if (looks >= stopAt) assertEquals(error.message, "stopped");
      return looks - looksUntilStop;
    };
    const total = await refresh(Infinity).then(() => looks);
    assertEquals(total > 4 * COUNT, true);
    for (let n = 1; n < total - 10; n += 23) {
      const more = await refresh(n);
      assertEquals(more <= 9, true, `${name}: ${more} looks more after ${n} of ${total}`);
    }
  }
});
