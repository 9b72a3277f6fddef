import { assertEquals } from "@std/assert";
import type { Samples, WantedOid } from "../client/poll.ts";
import { SnmpError } from "../client/snmp_error.ts";
import { DeviceCounters } from "./counters.ts";

const IF_DESCR = "1.3.6.1.2.1.2.2.1.2";
const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";

const column: WantedOid = { oid: "1.3.6.1.2.1.31.1.1.1.6", walk: true };
const single: WantedOid = { oid: "1.3.6.1.2.1.2.2.1.10.1", walk: false };

/** A device with one counter per interface; `names` and `upTimeS` are what it shows of itself. */
class FakeDevice {
  readonly counters = new DeviceCounters();
  names: Record<string, string> | SnmpError = {};
  upTimeS: number | undefined;

  /** Polls the counter of an interface by GET, or a whole column by WALK. */
  poll(at: number, counts: Record<string, bigint>, wanted: WantedOid): Record<string, unknown> {
    const asked = this.counters.companions([wanted]);
    const get = (companion: WantedOid): Samples | SnmpError | undefined => {
      if (!asked.some(({ oid }) => oid === companion.oid)) return undefined;
      if (companion.oid === SYS_UP_TIME) {
        if (this.upTimeS === undefined) return { at, value: undefined };
        return { at, value: { type: "number", value: this.upTimeS * 100 } };
      }
      if (this.names instanceof SnmpError) return this.names;
      const samples = new Map(
        Object.entries(this.names).map((
          [index, value],
        ) => [index, { at, value: { type: "text" as const, value } }]),
      );
      if (companion.walk) return samples;
      return samples.get(companion.oid.split(".").at(-1)!) ?? { at, value: undefined };
    };
    const toRate = this.counters.reader({ get, error: undefined, responseTimeS: 0 });
    return Object.fromEntries(
      Object.entries(counts).map(([index, count]) => {
        const oid = wanted.walk ? `${wanted.oid}.${index}` : wanted.oid;
        const { perSecond, reason } = toRate(oid, oid, count, at);
        return [index, reason ?? perSecond];
      }),
    );
  }
}

for (const wanted of [column, single]) {
  const how = wanted.walk ? "WALK" : "GET";

  Deno.test(`DeviceCounters starts anew when an index belongs to another interface, by ${how}`, () => {
    const device = new FakeDevice();
    device.names = { 1: "eth0" };
    assertEquals(device.poll(0, { 1: 1000n }, wanted), { 1: "first" });
    assertEquals(device.poll(10, { 1: 2000n }, wanted), { 1: 100 });
    device.names = { 1: "eth1" };
    assertEquals(device.poll(20, { 1: 900_000_000n }, wanted), { 1: "first" });
    assertEquals(device.poll(30, { 1: 900_000_100n }, wanted), { 1: 10 });
  });

  Deno.test(`DeviceCounters shows no peak when the device does not answer the name once, by ${how}`, () => {
    const device = new FakeDevice();
    device.names = { 1: "eth0" };
    device.poll(0, { 1: 1000n }, wanted);
    device.names = new SnmpError("silent", "no answer");
    assertEquals(device.poll(10, { 1: 900_000_000n }, wanted), { 1: "first" });
    device.names = { 1: "eth1" };
    assertEquals(device.poll(20, { 1: 900_000_000n }, wanted), { 1: "first" });
    assertEquals(device.poll(30, { 1: 900_000_100n }, wanted), { 1: 10 });
    // An interface that is the same again goes on.
    device.names = {};
    device.poll(40, { 1: 900_000_200n }, wanted);
    device.names = { 1: "eth1" };
    assertEquals(device.poll(50, { 1: 900_000_300n }, wanted), { 1: 10 });
  });

  Deno.test(`DeviceCounters does without names and uptime where a device hides them, by ${how}`, () => {
    for (const names of [{}, new SnmpError("other", "genErr")]) {
      const device = new FakeDevice();
      device.names = names;
      assertEquals(device.poll(0, { 1: 0n }, wanted), { 1: "first" });
      assertEquals(device.poll(10, { 1: 50n }, wanted), { 1: 5 });
      assertEquals(device.poll(20, { 1: 100n }, wanted), { 1: 5 });
    }
  });
}

Deno.test("DeviceCounters starts anew when the device has restarted, even if a counter is higher", () => {
  const device = new FakeDevice();
  device.upTimeS = 1_000_000;
  assertEquals(device.poll(90, { 1: 1000n }, single), { 1: "first" });
  // A run without an answer.
  device.upTimeS = undefined;
  assertEquals(device.poll(100, { 1: 1000n }, single), { 1: 0 });
  device.upTimeS = 5;
  assertEquals(device.poll(110, { 1: 2000n }, single), { 1: "first" });
  device.upTimeS = 15;
  assertEquals(device.poll(120, { 1: 2100n }, single), { 1: 10 });
  // Of a device whose clock stands still.
  assertEquals(device.poll(130, { 1: 2200n }, single), { 1: 10 });
});

Deno.test("DeviceCounters notices a restart in a poll without counters, or before the first one", () => {
  const device = new FakeDevice();
  const temperature = { oid: "1.3.6.1.4.1.9.1.0", walk: false };
  device.upTimeS = 50;
  device.poll(0, {}, temperature);
  assertEquals(device.poll(10, { 1: 1000n }, single), { 1: "first" });
  device.upTimeS = 5;
  device.poll(200, {}, temperature);
  device.upTimeS = 105;
  assertEquals(device.poll(300, { 1: 2000n }, single), { 1: "first" });
});

Deno.test("DeviceCounters reads counters once a week", () => {
  const device = new FakeDevice();
  const week = 7 * 86_400;
  device.poll(0, { 1: 0n }, single);
  assertEquals(device.poll(week, { 1: BigInt(week) }, single), { 1: 1 });
});

Deno.test("DeviceCounters polls the uptime, and names for counters of interfaces", () => {
  const ifOperStatus = { oid: "1.3.6.1.2.1.2.2.1.8", walk: true };
  const tcpInSegs = { oid: "1.3.6.1.2.1.6.10.0", walk: false };
  const companions = new DeviceCounters().companions([column, single, ifOperStatus, tcpInSegs]);
  assertEquals(companions.map(({ oid, walk }) => walk ? `walk ${oid}` : oid), [
    SYS_UP_TIME,
    `walk ${IF_DESCR}`,
    `${IF_DESCR}.1`,
  ]);
});
