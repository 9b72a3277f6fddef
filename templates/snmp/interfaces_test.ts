import { assert, assertEquals } from "@std/assert";
import { hasFastOnes, interfacesOf } from "./interfaces.ts";
import type { Reading } from "./varbind.ts";

function column(values: Record<string, number | string | undefined>) {
  return new Map(
    Object.entries(values).map(([index, value]) => {
      const reading: Reading | undefined = typeof value === "number"
        ? { type: "number", value }
        : value === undefined
        ? undefined
        : { type: "text", value };
      return [index, { at: 0, reading }];
    }),
  );
}

Deno.test("interfacesOf joins names and speeds by index, as texts", () => {
  const names = column({ 1: "lo", 7: "eth0" });
  assertEquals(interfacesOf(names, column({ 7: 1_000_000_000, 1: 10_000_000 }), column({})), [
    { name: "lo", details: { snmp_index: "1", speed_bps: "10000000" } },
    { name: "eth0", details: { snmp_index: "7", speed_bps: "1000000000" } },
  ]);
});

Deno.test("interfacesOf takes the speed of fast interfaces from where it fits", () => {
  const speeds = column({ 1: 4_294_967_295, 2: 4_294_967_295, 3: 5 });
  assert(hasFastOnes(speeds));
  assert(!hasFastOnes(column({ 1: 5, 2: undefined, 3: "fast" })));
  const children = interfacesOf(
    column({ 1: "a", 2: "b", 3: "c" }),
    speeds,
    column({ 1: 10_000, 3: 1 }),
  );
  assertEquals(children.map(({ details }) => details.speed_bps), [
    "10000000000",
    "4294967295",
    "5",
  ]);
});

Deno.test("interfacesOf says 0 for a speed that is not told, and skips what has no name at all", () => {
  assertEquals(interfacesOf(column({ 1: "lo", 2: undefined }), column({}), column({})), [
    { name: "lo", details: { snmp_index: "1", speed_bps: "0" } },
  ]);
});

Deno.test("interfacesOf makes names that Grafolean can store", () => {
  const names = column({ 1: " Intel(R)\0\n 82574L ", 2: "", 3: "\0" });
  assertEquals(interfacesOf(names, column({}), column({})).map(({ name }) => name), [
    "Intel(R)  82574L",
    "interface 2",
    "interface 3",
  ]);
});
