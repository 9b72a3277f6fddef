import { fstatSync } from "node:fs";
import process from "node:process";
import { type ShowProgress, withTime } from "./progress.ts";

/** The terminal of a {@linkcode TerminalLine}. */
interface LineTerminal {
  /** Writes to it at once. */
  write(text: string): void;
  /** Returns its width in characters, which may change; `undefined` if it is not known. */
  columns(): number | undefined;
}

const STANDARD_ERROR: LineTerminal = {
  write: (text) => process.stderr.write(text),
  columns: () => process.stderr.columns,
};

// Most work is done before anybody can read a line.
const DELAY_MS = 500;
const UPDATE_INTERVAL_MS = 100;
const DEFAULT_COLUMNS = 80;

/** A line at the bottom of a terminal that shows the progress of long work, below everything that is printed. */
export class TerminalLine {
  readonly #terminal: LineTerminal;
  /** What is on the screen. */
  #line = "";

  /** Constructs a new instance; nothing is shown yet. */
  constructor(terminal = STANDARD_ERROR) {
    this.#terminal = terminal;
  }

  /** Shows the progress of work that takes longer than half a second, up to 10 times a second. */
  readonly show: ShowProgress = async (work, describe, deadline) => {
    const start = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - start < DELAY_MS) return;
      const text = describe();
      const line = text === undefined ? "" : withTime(text, start, deadline);
      // A line that fills the last column may wrap.
      this.#draw(line.slice(0, this.#columns - 1));
    }, UPDATE_INTERVAL_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.erase();
    }
  };

  /** Prints whole lines to the terminal, above the line. */
  above(print: () => void): void {
    const line = this.#line;
    this.erase();
    try {
      print();
    } finally {
      this.#draw(line);
    }
  }

  /** Removes the line, until its next update. */
  erase(): void {
    this.#draw("");
  }

  get #columns(): number {
    return this.#terminal.columns() || DEFAULT_COLUMNS;
  }

  #draw(line: string): void {
    if (line === this.#line) return;
    // Terminals break a line that has become too long when their window was made smaller.
    const rowsAbove = Math.ceil(this.#line.length / this.#columns) - 1;
    const up = rowsAbove > 0 ? `\x1b[${rowsAbove}A` : "";
    const erase = this.#line === "" ? "" : `${up}\r\x1b[J`;
    try {
      this.#terminal.write(erase + line);
    } catch {
      // The terminal is gone. The work goes on.
    }
    this.#line = line;
  }
}

/** Whether a {@linkcode TerminalLine} can be shown on standard error, and nothing but what is printed above it gets there. */
export function canShowLine(): boolean {
  return process.stderr.isTTY === true && !isDumbTerminal() && !isStdoutPiped();
}

/** Whether the terminal can only print lines. So it counts without permission to read `TERM`. */
export function isDumbTerminal(): boolean {
  try {
    return process.env["TERM"] === "dumb";
  } catch {
    return true;
  }
}

/** Whether another program, such as `jq`, reads standard output. It probably prints to the same terminal. */
function isStdoutPiped(): boolean {
  if (process.stdout.isTTY === true) return false;
  try {
    return fstatSync(1).isFIFO();
  } catch {
    return true;
  }
}
