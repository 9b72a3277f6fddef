import { assertEquals } from "@std/assert";
import { askSecret } from "../../src/scaffold/prompt.ts";

interface Asked {
  readonly answer: string | null;
  readonly shown: string;
  /** How the terminal was switched. */
  readonly raw: boolean[];
}

/** Asks somebody who types these, chunk by chunk. */
async function ask(...typed: (string | Uint8Array)[]): Promise<Asked> {
  let shown = "";
  const raw: boolean[] = [];
  const answer = await askSecret("Token:", {
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

Deno.test("askSecret shows stars in the place of what is typed", async () => {
  assertEquals(await ask("a", "b", "c", "\r"), {
    answer: "abc",
    shown: "Token: ***\n",
    raw: [true, false],
  });
  assertEquals((await ask("pasted\nmore")).answer, "pasted");
  assertEquals((await ask("\r")).answer, "");
});

Deno.test("askSecret takes Ctrl-C, Ctrl-D and the end of the input for an answer, and gives the terminal back", async () => {
  for (const typed of ["\x03", "abc\x03", "\x04", ""]) {
    const { answer, raw } = typed === "" ? await ask() : await ask(typed);
    assertEquals([answer, raw], [null, [true, false]], JSON.stringify(typed));
  }
  assertEquals((await ask("ab\x04c\r")).answer, "abc");
});

Deno.test("askSecret lets what was typed be erased, and leaves other keys out", async () => {
  assertEquals((await ask("\x7fab\x7fc\b\bd\r")).answer, "d");
  assertEquals((await ask("wrong\x15right\r")).answer, "right");
  assertEquals((await ask("a\x1b[A\x1b[3~\tb\r")).answer, "ab");
});

Deno.test("askSecret puts characters together that arrive in parts", async () => {
  const [first, second] = new TextEncoder().encode("é");
  const { answer, shown } = await ask(Uint8Array.of(first!), Uint8Array.of(second!), "\r");
  assertEquals([answer, shown], ["é", "Token: *\n"]);
});
