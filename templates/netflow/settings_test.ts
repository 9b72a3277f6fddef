import { ConfigError } from "@grafolean/collector";
import { loadSettings } from "@grafolean/collector/toolkit";
import { assertEquals, assertRejects } from "@std/assert";
import { NETFLOW_SETTINGS, type NetflowSettings } from "./settings.ts";

function load(env: Record<string, string>): Promise<NetflowSettings> {
  return loadSettings(NETFLOW_SETTINGS, { env, envFile: false });
}

Deno.test("NETFLOW_SETTINGS have defaults", async () => {
  assertEquals(await load({}), {
    port: 2055,
    hostname: "0.0.0.0",
    stateFile: "data/netflow-state.jsonl",
    memoryBytes: 256_000_000,
    suggest: true,
    scaleSampled: true,
  });
});

Deno.test("NETFLOW_SETTINGS parse all variables", async () => {
  assertEquals(
    await load({
      NETFLOW_HOST: "::",
      NETFLOW_PORT: "9995",
      NETFLOW_STATE_FILE: "/var/lib/netflow/state",
      NETFLOW_MEMORY_MB: "64",
      NETFLOW_SUGGEST: "no",
      NETFLOW_SAMPLING: "ignore",
    }),
    {
      port: 9995,
      hostname: "::",
      stateFile: "/var/lib/netflow/state",
      memoryBytes: 64_000_000,
      suggest: false,
      scaleSampled: false,
    },
  );
});

Deno.test("NETFLOW_SETTINGS refuse invalid variables", async () => {
  const loading = load({
    NETFLOW_PORT: "65536",
    NETFLOW_MEMORY_MB: "0",
    NETFLOW_SUGGEST: "maybe",
    NETFLOW_SAMPLING: "off",
  });
  const { problems } = await assertRejects(() => loading, ConfigError);
  assertEquals(problems, [
    'NETFLOW_PORT is "65536": expected a port from 0 to 65535',
    'NETFLOW_MEMORY_MB is "0": expected a whole number from 1 to 1000000',
    'NETFLOW_SUGGEST is "maybe": expected "yes" or "no"',
    'NETFLOW_SAMPLING is "off": expected "multiply" or "ignore"',
  ]);
});
