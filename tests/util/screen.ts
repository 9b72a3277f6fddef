/** A terminal that wraps long lines, and breaks them anew when its width changes. Knows what a `TerminalLine` writes. */
export class Screen {
  /** Up to a line break each, however many rows they take. */
  readonly #lines: string[] = [""];
  /** Where the cursor is in the last line. */
  #at = 0;
  /** The width in characters. */
  columns: number;

  constructor(columns = 80) {
    this.columns = columns;
  }

  /** What it shows. */
  get rows(): string[] {
    return this.#lines.flatMap((line) => {
      const rows = [];
      for (let at = 0; at === 0 || at < line.length; at += this.columns) {
        rows.push(line.slice(at, at + this.columns));
      }
      return rows;
    });
  }

  /** The last row, and what is above it. */
  get split(): [above: string[], last: string] {
    const rows = this.rows;
    return [rows.slice(0, -1), rows.at(-1)!];
  }

  write(text: string): void {
    // deno-lint-ignore no-control-regex
    for (const [part, up, command] of text.matchAll(/\x1b\[(\d*)([A-Za-z])|[^]/g)) {
      if (command === "A") this.#at -= Number(up || 1) * this.columns;
      else if (command === "J") this.#put(this.#last.slice(0, this.#at));
      else if (command !== undefined) throw new Error(`Unknown command ${command}`);
      else if (part === "\n") this.#lines.push("");
      else if (part === "\r") this.#at = this.#startOfRow();
      else this.#type(part);
      if (part === "\n") this.#at = 0;
    }
  }

  #type(character: string): void {
    const last = this.#last;
    this.#put(last.slice(0, this.#at) + character + last.slice(this.#at + 1));
    this.#at++;
  }

  /** A row that is full has the cursor in its last column. */
  #startOfRow(): number {
    return Math.floor(Math.max(0, this.#at - 1) / this.columns) * this.columns;
  }

  get #last(): string {
    return this.#lines.at(-1)!;
  }

  #put(line: string): void {
    this.#lines[this.#lines.length - 1] = line;
  }
}
