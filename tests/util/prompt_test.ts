import { assertEquals } from "@std/assert";
import { promptSecret } from "../../src/util/prompt.ts";

interface Asked {
  readonly answer: string | null;
  readonly shown: string;
  /** The raw modes that were set. */
  readonly raw: boolean[];
}

/** Prompts a user who types these chunks. */
async function ask(...typed: (string | Uint8Array)[]): Promise<Asked> {
  let shown = "";
  const raw: boolean[] = [];
  const answer = await promptSecret("Token:", {
    read(buffer) {
      const next = typed.shift();
      if (next === undefined) return Promise.resolve(null);
      const bytes = typeof next === "string" ? new TextEncoder().encode(next) : next;
      buffer.set(bytes);
      return Promise.resolve(bytes.length);
    },
    setRaw: (on) => raw.push(on),
    write: (text) => shown += text,
  });
  return { answer, shown, raw };
}

Deno.test("promptSecret shows a star for each character", async () => {
  assertEquals(await ask("a", "b", "c", "\r"), {
    answer: "abc",
    shown: "Token: ***\n",
    raw: [true, false],
  });
  assertEquals((await ask("pasted\nmore")).answer, "pasted");
  assertEquals((await ask("\r")).answer, "");
});

Deno.test("promptSecret returns null on Ctrl-C, Ctrl-D and the end of the input, and leaves raw mode", async () => {
  for (const typed of ["\x03", "abc\x03", "\x04", ""]) {
    const { answer, raw } = typed === "" ? await ask() : await ask(typed);
    assertEquals([answer, raw], [null, [true, false]], JSON.stringify(typed));
  }
  assertEquals((await ask("ab\x04c\r")).answer, "abc");
});

Deno.test("promptSecret erases on backspace and Ctrl-U, and ignores other keys", async () => {
  assertEquals((await ask("\x7fab\x7fc\b\bd\r")).answer, "d");
  assertEquals((await ask("wrong\x15right\r")).answer, "right");
  assertEquals((await ask("a\x1b[A\x1b[3~\tb\r")).answer, "ab");
});

Deno.test("promptSecret decodes characters that arrive in parts", async () => {
  const [first, second] = new TextEncoder().encode("é");
  const { answer, shown } = await ask(Uint8Array.of(first!), Uint8Array.of(second!), "\r");
  assertEquals([answer, shown], ["é", "Token: *\n"]);
});
