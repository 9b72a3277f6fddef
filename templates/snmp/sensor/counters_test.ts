import { assertEquals } from "@std/assert";
import type { Samples, WantedOid } from "../client/poll.ts";
import { SnmpError } from "../client/snmp_error.ts";
import { DeviceCounters } from "./counters.ts";

const IF_DESCR = "1.3.6.1.2.1.2.2.1.2";
const IF_IN_OCTETS = "1.3.6.1.2.1.2.2.1.10";
const IF_HC_IN_OCTETS = "1.3.6.1.2.1.31.1.1.1.6";
const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";

/** A device with one counter per interface; `names` and `upTimeS` are what it shows of itself. */
class FakeDevice {
  readonly counters = new DeviceCounters();
  names: Record<string, string> | SnmpError | undefined;
  upTimeS: number | undefined;

  /** Polls the counter of an interface by GET or, without one, a whole column by WALK. */
  poll(at: number, counts: Record<string, bigint>, wanted: WantedOid): Record<string, unknown> {
    const asked = this.counters.companions([wanted], at);
    const get = (companion: WantedOid): Samples | SnmpError | undefined => {
      if (!asked.some(({ oid }) => oid === companion.oid)) return undefined;
      if (companion.oid === SYS_UP_TIME) {
        const value = this.upTimeS === undefined
          ? undefined
          : { type: "number" as const, value: this.upTimeS * 100 };
        return { at, value };
      }
      if (this.names instanceof SnmpError) return this.names;
      const samples = new Map(
        Object.entries(this.names ?? {}).map((
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
        const { perSecond, reason } = toRate({ key: oid, oid, count, at });
        return [index, reason ?? perSecond];
      }),
    );
  }

  /** The companions of a column and of a GET. */
  companions(wanted: readonly WantedOid[], at = 0): string[] {
    return this.counters.companions(wanted, at).map(({ oid, walk }) => walk ? `walk ${oid}` : oid);
  }
}

const column: WantedOid = { oid: IF_HC_IN_OCTETS, walk: true };
const single: WantedOid = { oid: `${IF_IN_OCTETS}.1`, walk: false };

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
    device.names = { 1: "eth0" };
    assertEquals(device.poll(40, { 1: 901_000_000n }, wanted), { 1: "first" });
  });

  Deno.test(`DeviceCounters does without names and uptime where a device hides them, by ${how}`, () => {
    for (const names of [undefined, new SnmpError("other", "genErr")]) {
      const device = new FakeDevice();
      device.names = names;
      assertEquals(device.poll(0, { 1: 0n }, wanted), { 1: "first" });
      assertEquals(device.poll(10, { 1: 50n }, wanted), { 1: 5 });
      assertEquals(device.poll(20, { 1: 100n }, wanted), { 1: 5 });
      // They are polled again an hour later.
      assertEquals(device.companions([wanted], 3599), []);
      assertEquals(device.companions([wanted], 3620).length, 2);
    }
  });
}

Deno.test("DeviceCounters goes on when the name of an interface is missing once", () => {
  const device = new FakeDevice();
  device.names = { 1: "eth0", 2: "eth1" };
  device.poll(0, { 1: 0n, 2: 0n }, column);
  device.names = { 1: "eth0" };
  assertEquals(device.poll(10, { 1: 10n, 2: 20n }, column), { 1: 1, 2: 2 });
  device.names = { 1: "eth0", 2: "eth1" };
  assertEquals(device.poll(20, { 1: 20n, 2: 40n }, column), { 1: 1, 2: 2 });
});

Deno.test("DeviceCounters starts anew when the device has restarted, even if a counter is higher", () => {
  const device = new FakeDevice();
  device.upTimeS = 1_000_000;
  assertEquals(device.poll(100, { 1: 1000n }, single), { 1: "first" });
  device.upTimeS = 5;
  assertEquals(device.poll(110, { 1: 2000n }, single), { 1: "first" });
  device.upTimeS = 15;
  assertEquals(device.poll(120, { 1: 2100n }, single), { 1: 10 });
  // Of a device whose clock stands still.
  assertEquals(device.poll(130, { 1: 2200n }, single), { 1: 10 });
});

Deno.test("DeviceCounters polls names only for counters of interfaces, and no uptime without counters", () => {
  const device = new FakeDevice();
  const ifOperStatus = { oid: "1.3.6.1.2.1.2.2.1.8", walk: true };
  const tcpInSegs = { oid: "1.3.6.1.2.1.6.10.0", walk: false };
  assertEquals(device.companions([column, single]), [
    SYS_UP_TIME,
    `walk ${IF_DESCR}`,
    `${IF_DESCR}.1`,
  ]);
  device.poll(0, {}, ifOperStatus);
  assertEquals(device.companions([ifOperStatus, tcpInSegs]), []);
  device.poll(1, { 0: 1n }, tcpInSegs);
  assertEquals(device.companions([ifOperStatus, tcpInSegs]), [SYS_UP_TIME]);
});
