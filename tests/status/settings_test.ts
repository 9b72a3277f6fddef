import { assertEquals, assertRejects } from "@std/assert";
import { STATUS_SETTINGS } from "../../src/status/settings.ts";
import { loadSettings } from "../../src/toolkit/settings.ts";
import { ConfigError } from "../../src/util/errors.ts";

const load = (env: Record<string, string>) =>
  loadSettings(STATUS_SETTINGS, { env, envFile: false });

Deno.test("STATUS_SETTINGS have no port unless one is set, and then for this machine only", async () => {
  assertEquals(await load({}), { port: undefined, host: "127.0.0.1", token: undefined });
  assertEquals((await load({ HEALTH_PORT: "9464" })).port, 9464);
});

Deno.test("STATUS_SETTINGS accept addresses and names of this machine", async () => {
  for (const host of ["0.0.0.0", "::", "::1", "fe80::1", "::ffff:10.0.0.1", "localhost", "a-b.c"]) {
    assertEquals((await load({ HEALTH_HOST: host })).host, host);
  }
  assertEquals((await load({ HEALTH_HOST: "[::1]" })).host, "::1");
});

Deno.test("STATUS_SETTINGS refuse what is invalid, and never repeat a token", async () => {
  const cases = {
    HEALTH_PORT: ["65536", "-1", "80a", "1e3", "9464/tcp", "127.0.0.1:9464"],
    HEALTH_HOST: [
      "127.0.0.1:9464",
      "http://localhost",
      "a b",
      "*",
      "10.0.0.0/8",
      ":9464",
      "10.0.0.256",
    ],
    HEALTH_TOKEN: ["short", "fifteen-letters", "with a space inside it", "ümlaut-ümlaut-ümlaut"],
  };
  for (const [name, texts] of Object.entries(cases)) {
    for (const text of texts) {
      const { problems } = await assertRejects(() => load({ [name]: text }), ConfigError);
      assertEquals([problems.length, problems[0]?.startsWith(`${name} is `)], [1, true], text);
      if (name === "HEALTH_TOKEN") assertEquals(problems[0]?.includes(text), false);
    }
  }
});
