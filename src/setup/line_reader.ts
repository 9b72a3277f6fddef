import { ConfigError } from "../util/errors.ts";

// In characters; nobody's password is longer.
const MAX_LENGTH = 10_000;
const NOTICE_MS = 3_000;
const TIMEOUT_MS = 60_000;

interface LineReaderOptions {
  /** Reads what comes next; `null` at the end. */
  readonly read: (buffer: Uint8Array) => Promise<number | null>;
  /** Shows that the program waits for a line. */
  readonly notice: (line: string) => void;
  /** Cancels the reading. */
  readonly signal: AbortSignal;
}

/** Reads standard input line by line, and no further than it is needed, as whoever writes it may keep it open. */
export class LineReader {
  readonly #options: LineReaderOptions;
  readonly #decoder = new TextDecoder();
  #text = "";
  #hasEnded = false;

  /** Constructs a new instance; nothing is read yet. */
  constructor(options: LineReaderOptions) {
    this.#options = options;
  }

  /**
   * Returns the next line, `undefined` after the last one.
   *
   * @throws {ConfigError} If it is too long, or has not come within a minute, or standard input cannot be read.
   */
  async next(): Promise<string | undefined> {
    const { notice, signal } = this.#options;
    const waiting = setTimeout(
      () => notice(`Waiting for a line on standard input, up to ${TIMEOUT_MS / 1000} s`),
      NOTICE_MS,
    );
    let end: ReturnType<typeof setTimeout> | undefined;
    const never = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      end = setTimeout(
        () => reject(new ConfigError(["No line has come on standard input"])),
        TIMEOUT_MS,
      );
    });
    try {
      return await Promise.race([this.#line(), never]);
    } finally {
      clearTimeout(waiting);
      clearTimeout(end);
    }
  }

  async #line(): Promise<string | undefined> {
    const buffer = new Uint8Array(1024);
    for (;;) {
      const [whole, line] = /^(.*?)\r?\n/s.exec(this.#text) ?? [];
      if (line !== undefined) {
        this.#text = this.#text.slice(whole!.length);
        return line;
      }
      if (this.#text.length > MAX_LENGTH) {
        throw new ConfigError([`A line of standard input is longer than ${MAX_LENGTH} characters`]);
      }
      if (this.#hasEnded) {
        const rest = this.#text;
        this.#text = "";
        return rest === "" ? undefined : rest;
      }
      const length = await this.#options.read(buffer).catch((error) => {
        throw new ConfigError([`Cannot read standard input: ${(error as Error).message}`]);
      });
      this.#hasEnded = length === null;
      this.#text += this.#decoder.decode(buffer.subarray(0, length ?? 0), { stream: true });
    }
  }
}
