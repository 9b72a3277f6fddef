/** Options for {@linkcode promptSecret}. */
export type PromptSecretOptions = {
  /**
   * What is shown for each byte typed; empty to show nothing at all.
   *
   * @default {"*"}
   */
  mask?: string;
  /** Whether to wipe the line when the input has ended, instead of going to the next one. */
  clear?: boolean;
};

const ENTER = [0x0a, 0x0d];
const ERASE = [0x08, 0x7f];
const WIPE_LINE = "\r\x1b[K";
const LINE_UP = "\r\x1b[1F";

/**
 * Asks for a secret on the terminal without showing it.
 *
 * @param message What to ask.
 * @param options What to show instead of the input, and what to leave behind.
 * @returns What was typed, or `null` if the standard input is not a terminal.
 */
export function promptSecret(
  message = "Secret",
  options: PromptSecretOptions = {},
): string | null {
  if (!Deno.stdin.isTerminal()) return null;
  const { mask = "*", clear = false } = options;
  const width = Deno.consoleSize().columns;
  const question = `${message} `;

  write(question);
  Deno.stdin.setRaw(
    true,
    Deno.build.os === "windows" ? undefined : { cbreak: true },
  );
  try {
    let shown = 0;
    return readSecret((typed) => {
      if (mask === "") return;
      const line = question + mask.repeat(typed);
      shown = redraw(line, shown, width);
    });
  } finally {
    write(clear ? WIPE_LINE : "\n");
    Deno.stdin.setRaw(false);
  }
}

/** Shows the last row of `line` on a terminal that shows `shown` characters of it so far. */
function redraw(line: string, shown: number, width: number): number {
  const rest = line.length % width;
  const row = line.length > width ? line.slice(-(rest || width)) : line;
  if (line.length < shown) {
    write(rest === 0 ? WIPE_LINE + LINE_UP : WIPE_LINE);
  } else if (rest !== 1) {
    // With one character on its row the cursor has just wrapped: there is nothing to wipe.
    write(WIPE_LINE);
  }
  write(row);
  return line.length;
}

function readSecret(onChange: (bytesTyped: number) => void): string {
  const typed: number[] = [];
  const byte = new Uint8Array(1);
  while (Deno.stdin.readSync(byte)) {
    const code = byte[0]!;
    if (ENTER.includes(code)) break;
    if (ERASE.includes(code)) typed.pop();
    else typed.push(code);
    onChange(typed.length);
  }
  return new TextDecoder().decode(Uint8Array.from(typed));
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
