import { assert, assertEquals } from "@std/assert";
import { needsHighSpeed, toInterfaces } from "./interfaces.ts";
import type { SnmpValue } from "./client/varbind.ts";

function column(values: Record<string, number | string | undefined>) {
  return new Map(
    Object.entries(values).map(([index, content]) => {
      const value: SnmpValue | undefined = typeof content === "number"
        ? { type: "number", value: content }
        : content === undefined
        ? undefined
        : { type: "text", value: content };
      return [index, { at: 0, value }];
    }),
  );
}

Deno.test("toInterfaces joins names and speeds by index, as strings", () => {
  const names = column({ 1: "lo", 7: "eth0" });
  assertEquals(toInterfaces(names, column({ 7: 1_000_000_000, 1: 10_000_000 }), column({})), [
    { name: "lo", details: { snmp_index: "1", speed_bps: "10000000" } },
    { name: "eth0", details: { snmp_index: "7", speed_bps: "1000000000" } },
  ]);
});

Deno.test("toInterfaces uses ifHighSpeed for interfaces that are too fast for ifSpeed", () => {
  const speeds = column({ 1: 4_294_967_295, 2: 4_294_967_295, 3: 5 });
  assert(needsHighSpeed(speeds));
  assert(!needsHighSpeed(column({ 1: 5, 2: undefined, 3: "fast" })));
  const children = toInterfaces(
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

Deno.test("toInterfaces uses 0 for an unknown speed, and skips an interface without a name", () => {
  assertEquals(toInterfaces(column({ 1: "lo", 2: undefined }), column({}), column({})), [
    { name: "lo", details: { snmp_index: "1", speed_bps: "0" } },
  ]);
});

Deno.test("toInterfaces removes control characters from names, and replaces empty ones", () => {
  const names = column({ 1: " Intel(R)\0\n 82574L ", 2: "", 3: "\0" });
  assertEquals(toInterfaces(names, column({}), column({})).map(({ name }) => name), [
    "Intel(R)  82574L",
    "interface 2",
    "interface 3",
  ]);
});
