import { assert, assertEquals, assertThrows } from "@std/assert";
import { BotToken, normalizeBotToken } from "../../src/grafolean/bot_token.ts";
import { everythingShownOf } from "./shown.ts";

Deno.test("normalizeBotToken removes what files leave around a token", () => {
  assertEquals(normalizeBotToken("\ufeff 5b8c-1 \r\n"), "5b8c-1");
});

Deno.test("normalizeBotToken refuses invalid tokens without repeating them", () => {
  for (const token of ["", " \n", "5b8c 1f0e", "5b8c\n1f0e", "5b8c\u200b1f0e", "5b8c\x001f0e"]) {
    const error = assertThrows(() => normalizeBotToken(token), TypeError, "Cannot use the bot tok");
    assert(!error.message.includes("5b8c"));
  }
});

Deno.test("BotToken does not reveal the token", () => {
  const token = new BotToken("5b8c1f0e");
  assertEquals(token.value, "5b8c1f0e");
  assert(!everythingShownOf(token).includes("5b8c1f0e"));
  assert(!everythingShownOf({ deep: { token } }).includes("5b8c1f0e"));
  assertEquals(JSON.stringify({ token }), '{"token":"***"}');
  assert(!`${token}`.includes("5b8c1f0e"));
});

Deno.test("BotToken.reread returns whether the token has changed, and remembers the old one", async () => {
  const texts = ["first\n", "second\n", " second", "first"];
  const token = new BotToken("first", () => Promise.resolve(texts.shift() ?? ""));
  assertEquals(await token.reread(), false);
  assertEquals(await token.reread(), true);
  assertEquals(token.value, "second");
  assertEquals(token.secrets, ["first", "second"]);
  assertEquals(await token.reread(), false);
  assertEquals(await token.reread(), true);
  assertEquals(token.value, "first");
});

Deno.test("BotToken.reread keeps the old token if there is no valid new one", async () => {
  assertEquals(await new BotToken("first").reread(), false);
  for (
    const reread of [
      () => Promise.resolve(" "),
      () => Promise.reject(new Error("no such file")),
      () => {
        throw new Error("no such file");
      },
    ]
  ) {
    const token = new BotToken("first", reread);
    assertEquals(await token.reread(), false);
    assertEquals([token.value, token.secrets], ["first", ["first"]]);
  }
});
