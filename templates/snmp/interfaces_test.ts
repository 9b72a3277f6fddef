import { assertEquals, assertThrows } from "@std/assert";
import type { SnmpValue } from "./client/varbind.ts";
import { SnmpError } from "./client/snmp_error.ts";
import { INTERFACE_OIDS, toInterfaces } from "./interfaces.ts";

type Column = SnmpError | Readonly<Record<string, number | string | undefined>>;

/** The interfaces of a device with these columns. */
function interfaces(
  columns: {
    ifDescr: Column;
    ifSpeed?: Column;
    ifName?: Column;
    ifHighSpeed?: Column;
    ifAlias?: Column;
  },
) {
  const { ifDescr, ifSpeed = {}, ifName = {}, ifHighSpeed = {}, ifAlias = {} } = columns;
  const byOid = new Map([
    ["1.3.6.1.2.1.2.2.1.2", ifDescr],
    ["1.3.6.1.2.1.2.2.1.5", ifSpeed],
    ["1.3.6.1.2.1.31.1.1.1.1", ifName],
    ["1.3.6.1.2.1.31.1.1.1.15", ifHighSpeed],
    ["1.3.6.1.2.1.31.1.1.1.18", ifAlias],
  ]);
  return toInterfaces({
    get({ oid }) {
      const column = byOid.get(oid);
      if (column === undefined || column instanceof SnmpError) return column;
      return new Map(
        Object.entries(column).map(([index, content]) => {
          const value: SnmpValue | undefined = typeof content === "number"
            ? { type: "number", value: content }
            : content === undefined
            ? undefined
            : { type: "text", value: content };
          return [index, { at: 0, value }];
        }),
      );
    },
  });
}

Deno.test("toInterfaces joins names and speeds by index, as strings", () => {
  assertEquals(
    interfaces({ ifDescr: { 1: "lo", 7: "eth0" }, ifSpeed: { 7: 1_000_000_000, 1: 10_000_000 } }),
    [
      { name: "lo", details: { snmp_index: "1", speed_bps: "10000000" } },
      { name: "eth0", details: { snmp_index: "7", speed_bps: "1000000000" } },
    ],
  );
});

const SPEEDS: readonly [ifSpeed: number | undefined, ifHighSpeed: number | undefined, string][] = [
  [4_294_967_295, 10_000, "10000000000"],
  [4_294_967_294, 40_000, "40000000000"],
  [0, 25_000, "25000000000"],
  [-1, 10_000, "10000000000"],
  [undefined, 100, "100000000"],
  // 10 Gbit/s, 40 Gbit/s and 100 Gbit/s as far as 32 bits go.
  [1_410_065_408, 10_000, "10000000000"],
  [1_345_294_336, 40_000, "40000000000"],
  [1_215_752_192, 100_000, "100000000000"],
  [1_000_000_000, 1000, "1000000000"],
  [1_544_000, 2, "1544000"],
  [64_000, 0, "64000"],
  [100_000_000, undefined, "100000000"],
  [4_294_967_295, undefined, "4294967295"],
  [0, 0, "0"],
  [undefined, undefined, "0"],
];

for (const [ifSpeed, ifHighSpeed, expected] of SPEEDS) {
  Deno.test(`toInterfaces finds a speed of ${expected} in ${ifSpeed} and ${ifHighSpeed}`, () => {
    const [child] = interfaces({
      ifDescr: { 1: "a" },
      ifSpeed: { 1: ifSpeed },
      ifHighSpeed: { 1: ifHighSpeed },
    });
    assertEquals(child?.details.speed_bps, expected);
  });
}

Deno.test("toInterfaces adds ifName and ifAlias where the device has them, also empty ones", () => {
  const ifDescr = { 1: "GigabitEthernet0/1", 2: "GigabitEthernet0/2" };
  const ifName = { 1: "Gi0/1", 2: "Gi0/2" };
  const details = interfaces({ ifDescr, ifName, ifAlias: { 1: "to\0the core ", 2: "" } })
    .map(({ details }) => details);
  assertEquals(details, [
    { snmp_index: "1", speed_bps: "0", snmp_name: "Gi0/1", snmp_alias: "to the core" },
    { snmp_index: "2", speed_bps: "0", snmp_name: "Gi0/2", snmp_alias: "" },
  ]);
});

Deno.test("toInterfaces skips an interface without ifDescr", () => {
  assertEquals(interfaces({ ifDescr: { 1: "lo", 2: undefined } }).length, 1);
});

Deno.test("toInterfaces removes control characters from names, and replaces empty ones", () => {
  const ifDescr = { 1: " Intel(R)\0\n 82574L ", 2: "", 3: "\0" };
  assertEquals(interfaces({ ifDescr }).map(({ name }) => name), [
    "Intel(R)  82574L",
    "interface 2",
    "interface 3",
  ]);
});

Deno.test("toInterfaces does without ifXTable, but not without names and speeds", () => {
  const error = new SnmpError("other", "it failed");
  const ifDescr = { 1: "lo" };
  assertEquals(
    interfaces({ ifDescr, ifName: error, ifHighSpeed: error, ifAlias: error }).length,
    1,
  );
  assertThrows(() => interfaces({ ifDescr: error }), SnmpError, "it failed");
  assertThrows(() => interfaces({ ifDescr, ifSpeed: error }), SnmpError, "it failed");
});

Deno.test("INTERFACE_OIDS holds a single value that every device answers", () => {
  assertEquals(INTERFACE_OIDS.filter(({ walk }) => !walk).map(({ oid }) => oid), [
    "1.3.6.1.2.1.1.3.0",
  ]);
});
