import { ConfigError } from "@grafolean/collector";
import { assertEquals, assertThrows } from "@std/assert";
import { readNetflowSettings } from "./settings.ts";

Deno.test("readNetflowSettings has defaults", () => {
  assertEquals(readNetflowSettings({}), {
    hostname: "0.0.0.0",
    port: 2055,
    snapshotFile: "data/netflow-snapshot.jsonl",
    suggest: true,
    scaleSampled: true,
  });
});

Deno.test("readNetflowSettings parses all variables", () => {
  assertEquals(
    readNetflowSettings({
      NETFLOW_HOST: "::",
      NETFLOW_PORT: "9995",
      NETFLOW_SNAPSHOT_FILE: "/var/lib/netflow/state",
      NETFLOW_SUGGEST: "no",
      NETFLOW_SAMPLING: "ignore",
    }),
    {
      hostname: "::",
      port: 9995,
      snapshotFile: "/var/lib/netflow/state",
      suggest: false,
      scaleSampled: false,
    },
  );
});

Deno.test("readNetflowSettings lists all invalid variables", () => {
  const { problems } = assertThrows(() =>
    readNetflowSettings({
      NETFLOW_PORT: "65536",
      NETFLOW_SUGGEST: "maybe",
      NETFLOW_SAMPLING: "off",
    }), ConfigError);
  assertEquals(problems, [
    'NETFLOW_PORT is "65536": expected a port from 0 to 65535',
    'NETFLOW_SUGGEST is "maybe": expected "yes" or "no"',
    'NETFLOW_SAMPLING is "off": expected "multiply" or "ignore"',
  ]);
});
