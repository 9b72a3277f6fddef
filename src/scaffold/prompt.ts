const INTERRUPT = "\x03"; // Ctrl-C
const END = "\x04"; // Ctrl-D
const ERASE = ["\b", "\x7f"];
const ERASE_LINE = "\x15"; // Ctrl-U
// Arrows and the like.
// deno-lint-ignore no-control-regex -- they begin with one
const OTHER_KEYS = /\x1b\[[0-9;]*[A-Za-z~]/g;

/** What of a terminal is needed; `Deno.stdin` and `Deno.stdout` have it. */
export interface SecretTerminal {
  /** Reads what was typed. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Switches the terminal to giving every key as it is, and showing none. */
  setRaw(raw: boolean): void;
  /** Shows something. */
  write(text: string): void;
}

/**
 * Asks for a line and shows a `*` for each character of it.
 *
 * `promptSecret` of `@std/cli` does that as well, but Ctrl-C ends the whole process there, before it can give the
 * terminal back: some shells then show nothing of what is typed into them.
 *
 * @returns What was typed; `null` for Ctrl-C, or Ctrl-D on an empty line.
 */
export async function askSecret(
  question: string,
  terminal: SecretTerminal,
): Promise<string | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  const typed: string[] = [];
  terminal.write(`${question} `);
  terminal.setRaw(true);
  try {
    for (;;) {
      const length = await terminal.read(buffer);
      if (length === null) return null;
      const keys = decoder.decode(buffer.subarray(0, length), { stream: true });
      for (const key of keys.replaceAll(OTHER_KEYS, "")) {
        if (key === "\r" || key === "\n") return typed.join("");
        if (key === INTERRUPT || (key === END && typed.length === 0)) return null;
        if (ERASE.includes(key)) {
          if (typed.pop() !== undefined) terminal.write("\b \b");
        } else if (key === ERASE_LINE) terminal.write("\b \b".repeat(typed.splice(0).length));
        else if (key >= " ") {
          typed.push(key);
          terminal.write("*");
        }
      }
    }
  } finally {
    terminal.setRaw(false);
    terminal.write("\n");
  }
}
