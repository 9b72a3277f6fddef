import { assertEquals, assertRejects } from "@std/assert";
import { loadVariables } from "../../src/bot/config.ts";
import { ConfigError } from "../../src/util/errors.ts";

Deno.test("loadVariables lets the environment win over the file, and empty ones count as not set", async () => {
  const envFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(envFile, "MY_PORT=1\nMY_HOST=file\nOTHER=x\nMY_NAME=\n");
    const env = { MY_PORT: " 2 ", MY_HOST: "" };
    assertEquals(await loadVariables(["MY_PORT", "MY_HOST", "MY_NAME"], { env, envFile }), {
      MY_PORT: "2",
      MY_HOST: "file",
    });
  } finally {
    await Deno.remove(envFile);
  }
});

Deno.test("loadVariables says when the file cannot be read", async () => {
  const envFile = await Deno.makeTempDir();
  try {
    await assertRejects(() => loadVariables(["MY_PORT"], { env: {}, envFile }), ConfigError);
  } finally {
    await Deno.remove(envFile);
  }
});
