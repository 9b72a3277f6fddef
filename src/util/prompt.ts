// Talks to the user.
// deno-lint-ignore-file no-console

/** Asks the user at a terminal. */
export interface Prompt {
  /**
   * Asks for a line of text.
   *
   * @param defaultValue The answer if the user enters nothing.
   * @throws {CancelledError} If the user cancels.
   */
  ask(question: string, defaultValue: string): string;
  /**
   * Asks for a line of text, shown as asterisks.
   *
   * @throws {CancelledError} If the user cancels.
   */
  askSecret(question: string): Promise<string>;
  /** Shows a line. */
  print(line: string): void;
}

/** Thrown when the user cancels a prompt. */
export class CancelledError extends Error {
  /** Constructs a new instance. */
  constructor() {
    super("Cancelled");
    this.name = "CancelledError";
  }
}

/** Prompts at the terminal of this process. */
export const TERMINAL_PROMPT: Prompt = {
  ask(question, defaultValue) {
    // Not as the default of prompt(), which the user would have to delete to enter something else.
    const answer = prompt(`${question}${defaultValue === "" ? "" : ` [${defaultValue}]`}:`);
    // Ctrl-C or Ctrl-D.
    if (answer === null) throw new CancelledError();
    return answer.trim() || defaultValue;
  },
  async askSecret(question) {
    const answer = await promptSecret(question, {
      read: (buffer) => Deno.stdin.read(buffer),
      setRaw: (raw) => Deno.stdin.setRaw(raw),
      write: (text) => Deno.stdout.writeSync(new TextEncoder().encode(text)),
    });
    if (answer === null) throw new CancelledError();
    return answer;
  },
  print: (line) => console.log(line),
};

const INTERRUPT = "\x03"; // Ctrl-C
const END = "\x04"; // Ctrl-D
const ERASE = ["\b", "\x7f"];
const ERASE_LINE = "\x15"; // Ctrl-U
// Arrows and other escape sequences.
// deno-lint-ignore no-control-regex -- they start with one
const OTHER_KEYS = /\x1b\[[0-9;]*[A-Za-z~]/g;

/** The part of a terminal that {@linkcode promptSecret} needs. */
interface SecretTerminal {
  /** Reads what the user typed. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Turns raw mode on or off: every key arrives at once, and none is shown. */
  setRaw(raw: boolean): void;
  /** Shows a text. */
  write(text: string): void;
}

/**
 * Asks for a line and shows a `*` for each character.
 *
 * `promptSecret` of `@std/cli` does the same, but there Ctrl-C ends the process in raw mode, and some shells then no
 * longer show what the user types.
 *
 * @returns The line; `null` for Ctrl-C, or Ctrl-D on an empty line.
 */
export async function promptSecret(
  question: string,
  terminal: SecretTerminal,
): Promise<string | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  const typed: string[] = [];
  // Before the question: what is typed at once must not be shown either.
  terminal.setRaw(true);
  try {
    terminal.write(`${question} `);
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
