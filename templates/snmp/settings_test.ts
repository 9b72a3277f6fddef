import { ConfigError } from "@grafolean/collector";
import { loadSettings } from "@grafolean/collector/toolkit";
import { assertEquals, assertRejects } from "@std/assert";
import { SNMP_SETTINGS, type SnmpSettings } from "./settings.ts";

function load(env: Record<string, string>): Promise<SnmpSettings> {
  return loadSettings(SNMP_SETTINGS, { env, envFile: false });
}

Deno.test("SNMP_SETTINGS has the source address, and status values unless they are turned off", async () => {
  assertEquals(await load({}), { sourceAddress: undefined, statusValues: true });
  for (const sourceAddress of ["10.0.0.5", "::1"]) {
    assertEquals((await load({ SNMP_SOURCE_ADDRESS: sourceAddress })).sourceAddress, sourceAddress);
  }
  assertEquals((await load({ SNMP_STATUS_VALUES: "no" })).statusValues, false);
});

Deno.test("SNMP_SETTINGS refuses invalid values", async () => {
  const loading = load({ SNMP_SOURCE_ADDRESS: "eth0", SNMP_STATUS_VALUES: "1" });
  const { problems } = await assertRejects(() => loading, ConfigError);
  assertEquals(problems, [
    'SNMP_SOURCE_ADDRESS is "eth0": expected an IP address of this host',
    'SNMP_STATUS_VALUES is "1": expected "yes" or "no"',
  ]);
});
