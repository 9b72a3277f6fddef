import { assert, assertEquals } from "@std/assert";
import { redact, redactError, redactStart } from "../../src/grafolean/redact.ts";
import { assertHides } from "./shown.ts";

const TOKEN = "5b8c1f0e-9d2a/ü'";

Deno.test("redact replaces a token in every encoding", () => {
  for (
    const form of [
      TOKEN,
      TOKEN.toUpperCase(),
      encodeURIComponent(TOKEN),
      encodeURIComponent(TOKEN).toLowerCase(),
      encodeURIComponent(encodeURIComponent(TOKEN)),
      new URL(`http://host/?b=${TOKEN}`).search.slice(3),
      new URLSearchParams({ b: TOKEN }).toString().slice(2),
    ]
  ) {
    assertEquals(redact(`before ${form} after ${form}`, [TOKEN]), "before *** after ***");
  }
});

Deno.test("redact replaces every token, and treats no character as a pattern", () => {
  const token = "a.b*c+d?e^f$g{h}i(j)k|l[m]n\\o/p-q";
  assertEquals(redact(`${token}, axb, other-token`, [token, "other-token"]), "***, axb, ***");
  assertEquals(redact("a text", ["", "token"]), "a text");
});

Deno.test("redact replaces the start of a token where the text was truncated", () => {
  for (let length = 8; length < TOKEN.length; length++) {
    const start = TOKEN.slice(0, length);
    for (const form of [start, start.toUpperCase(), encodeURIComponent(start)]) {
      assertEquals(redact(`a ${form}`, [TOKEN]), "a ***");
      assertEquals(redact(`a ${form}… b`, [TOKEN]), "a ***… b");
      assertEquals(redact(`a "${form}" b`, [TOKEN]), 'a "***" b');
      assertEquals(redact(JSON.stringify(`a "${form}" b`), [TOKEN]), '"a \\"***\\" b"');
      assertEquals(redact(`${TOKEN} ${form}`, [TOKEN]), "*** ***");
    }
  }
  assertEquals(redact(`a ${TOKEN.slice(0, 7)}`, [TOKEN]), `a ${TOKEN.slice(0, 7)}`);
  assertEquals(redact("a 5b8c1f0e b", [TOKEN]), "a 5b8c1f0e b");
  assertEquals(redact("short, sho", ["short"]), "***, sho");
});

Deno.test("redactStart leaves no part of a token at the cut", () => {
  for (let before = 440; before < 520; before++) {
    const text = "x".repeat(before) + TOKEN.repeat(3000);
    const start = redactStart(text, 500, [TOKEN]);
    assertEquals(start.length, 500);
    assert(/^x+\**$/.test(start), start);
  }
  assertEquals(redactStart(TOKEN.repeat(3000), 500, [TOKEN]), "*".repeat(500));
  assertEquals(redactStart("x".repeat(501), 500, []), "x".repeat(500));
});

Deno.test("redactError keeps name, code, stack and causes", () => {
  const inner = Object.assign(new Error(`read ${TOKEN}`), { code: "ECONNRESET" });
  const outer = new TypeError(`fetch of ${TOKEN} failed`, { cause: inner });
  const copy = redactError(outer, [TOKEN]);
  assertHides(copy, TOKEN);
  assertEquals([copy.name, copy.message], ["TypeError", "fetch of *** failed"]);
  assert(copy.stack?.includes("redact_test.ts"));
  const cause = copy.cause as Error & { code: string };
  assertEquals([cause.message, cause.code], ["read ***", "ECONNRESET"]);
});

Deno.test("redactError accepts circular causes and any thrown value", () => {
  const error = new Error(TOKEN);
  error.cause = new Error(TOKEN, { cause: error });
  assertHides(redactError(error, [TOKEN]), TOKEN);
  for (const thrown of [undefined, null, 5, TOKEN, Object.create(null), Symbol(TOKEN), { TOKEN }]) {
    assertHides(redactError(thrown, [TOKEN]), TOKEN);
  }
  const odd = Object.assign(new Error(TOKEN), { name: TOKEN, code: TOKEN, cause: TOKEN });
  assertHides(redactError(odd, [TOKEN]), TOKEN);
});
