import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type HealthReport, readHealth } from "../../src/bot/health.ts";

/** The status that follows from the text of a `HEALTH_FILE`; `undefined` if there is none. */
async function statusOf(text: string | undefined): Promise<[boolean, string]> {
  const dir = await Deno.makeTempDir();
  try {
    const file = join(dir, "health.json");
    if (text !== undefined) await Deno.writeTextFile(file, text);
    const { ok, line } = await readHealth(file);
    return [ok, line];
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function reportOf(changes: Partial<HealthReport>): string {
  return JSON.stringify({
    ok: true,
    line: "mybot is healthy",
    at: Date.now() / 1000,
    state: "collecting",
    name: "mybot",
    ...changes,
  });
}

Deno.test("readHealth returns what the bot has written", async () => {
  assertEquals(await statusOf(reportOf({})), [true, "mybot is healthy"]);
  assertEquals(await statusOf(reportOf({ ok: false, line: "mybot is unhealthy" })), [
    false,
    "mybot is unhealthy",
  ]);
});

Deno.test("readHealth distinguishes a bot that hangs from one that stopped", async () => {
  const ago = (seconds: number) => Date.now() / 1000 - seconds;
  assertEquals((await statusOf(reportOf({ at: ago(34) })))[0], true);
  const [ok, line] = await statusOf(reportOf({ at: ago(50) }));
  assertEquals(ok, false);
  assertEquals(line, "mybot is unhealthy: no heartbeat for 50 s, it hangs or was killed");
  const stopped = { ok: false, line: "mybot is unhealthy: stopped", state: "stopped" } as const;
  assertEquals(await statusOf(reportOf({ ...stopped, at: ago(999) })), [false, stopped.line]);
});

Deno.test("readHealth reports a missing file, and one of another version or program", async () => {
  const [ok, line] = await statusOf(undefined);
  assertEquals(ok, false);
  assertStringIncludes(line, "does not exist");
  const older = `{"name":"mybot","at":1000,"state":"collecting","lastError":null,"stats":null}`;
  for (const text of ["", "null", "7", "[]", "no JSON", older]) {
    const [ok, line] = await statusOf(text);
    assertEquals(ok, false, text);
    assertStringIncludes(line, "is not a HEALTH_FILE of this version: restart the bot");
  }
});
