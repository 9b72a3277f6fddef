import type { EntityInfo } from "@grafolean/collector";
import { assertEquals } from "@std/assert";
import { parseDevice } from "./device.ts";

const entity = (details: unknown) => ({ accountId: 1, entityId: 7, name: "router", details });
const parse = (details: unknown) => parseDevice(entity(details) as EntityInfo);
const router = (address: string) => ({ accountId: 1, entityId: 7, name: "router", address });

Deno.test("parseDevice reads the address", () => {
  assertEquals(parse({ ipv4: " 192.0.2.1 " }), { device: router("192.0.2.1") });
  assertEquals(parse({ ipv4: "2001:DB8:0:0::1" }), { device: router("2001:db8::1") });
  assertEquals(parse({ ipv4: "::ffff:192.0.2.1" }), { device: router("192.0.2.1") });
});

Deno.test("parseDevice names a device without an address", () => {
  for (const details of [null, undefined, "x", 1, [], {}, { ipv4: 1 }, { ipv4: " " }]) {
    assertEquals(parse(details), {
      problem: 'Cannot receive flows of "router" as it has no address: ' +
        "set the address that it sends from in Grafolean",
    });
  }
  for (const ipv4 of ["router.example.com", "192.0.2", "192.0.2.1:2055", "2001:db8::/64"]) {
    const { device, problem } = parse({ ipv4 });
    assertEquals(device, undefined);
    assertEquals(problem?.includes(`as "${ipv4}" is not an IP address`), true, problem);
  }
});

Deno.test("parseDevice reads the sampling rate that an administrator stated", () => {
  for (
    const [rate, samplingRate] of [[1, 1], [1000, 1000], [" 512 ", 512], ["1e6", 1e6]] as const
  ) {
    assertEquals(parse({ ipv4: "192.0.2.1", sampling_rate: rate }), {
      device: { ...router("192.0.2.1"), samplingRate },
    });
  }
  for (const rate of [undefined, null, ""]) {
    assertEquals(parse({ ipv4: "192.0.2.1", sampling_rate: rate }), {
      device: router("192.0.2.1"),
    });
  }
});

Deno.test("parseDevice keeps a device whose sampling rate is wrong, and says what to write", () => {
  for (const rate of [0, -1, 0.5, 1_000_001, "1:1000", " ", "many", NaN, true, {}, [100]]) {
    assertEquals(parse({ ipv4: "192.0.2.1", sampling_rate: rate }), {
      device: router("192.0.2.1"),
      problem: `Ignoring the sampling_rate ${JSON.stringify(rate)} of "router": ` +
        "write a number from 1 to 1000000, such as 1000 if it samples one packet in 1000",
    });
  }
});
