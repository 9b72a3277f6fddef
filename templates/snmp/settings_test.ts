import { ConfigError } from "@grafolean/collector";
import { assertEquals, assertThrows } from "@std/assert";
import { readSnmpSettings } from "./settings.ts";

Deno.test("readSnmpSettings reads the source address", () => {
  assertEquals(readSnmpSettings({}), { sourceAddress: undefined });
  assertEquals(readSnmpSettings({ SNMP_SOURCE_ADDRESS: "10.0.0.5" }), {
    sourceAddress: "10.0.0.5",
  });
  assertEquals(readSnmpSettings({ SNMP_SOURCE_ADDRESS: "::1" }), { sourceAddress: "::1" });
});

Deno.test("readSnmpSettings refuses an invalid address", () => {
  assertThrows(() => readSnmpSettings({ SNMP_SOURCE_ADDRESS: "eth0" }), ConfigError, '"eth0"');
});
