import { isTurnOver, nextTurn } from "./turns.ts";

/** In characters. */
interface Lengths {
  /** A text up to this length is parsed at once. @default 256 Ki */
  readonly text?: number;
  /** A value within a longer one that is parsed at once. @default 32 Ki */
  readonly value?: number;
}

// Lists in lists; what is deeper is parsed at once.
const MAX_DEPTH = 8;

/**
 * Does what `JSON.parse` does, without holding the event loop for long: of a long text, lists and objects are parsed
 * piece by piece.
 *
 * @throws {SyntaxError} If the text is not JSON. The message of a long text does not say where.
 */
export async function parseJson(
  text: string,
  { text: short = 256 * 1024, value = 32 * 1024 }: Lengths = {},
): Promise<unknown> {
  return text.length <= short ? JSON.parse(text) : await new LongJson(text, value).parse();
}

/** Splits a long text and leaves what is not a long list or object to `JSON.parse`. */
class LongJson {
  readonly #text: string;
  readonly #length: number;
  #at = 0;

  constructor(text: string, length: number) {
    this.#text = text;
    this.#length = length;
  }

  async parse(): Promise<unknown> {
    const value = await this.#value(0);
    if (this.#next() !== "") throw new SyntaxError("JSON that goes on after its end");
    return value;
  }

  /** Reads a value. */
  async #value(depth: number): Promise<unknown> {
    const first = this.#next();
    const end = endOfValue(this.#text, this.#at, this.#at + this.#length);
    const isSplit = end === undefined && depth < MAX_DEPTH;
    if (isSplit && first === "[") return await this.#list(depth);
    if (isSplit && first === "{") return await this.#object(depth);
    return this.#parse(end ?? endOfValue(this.#text, this.#at, Infinity));
  }

  async #list(depth: number): Promise<unknown[]> {
    const list: unknown[] = [];
    for (let isFirst = true; this.#goesOn("]", isFirst); isFirst = false) {
      while (isTurnOver()) await nextTurn();
      this.#next();
      const end = endOfValue(this.#text, this.#at, this.#at + this.#length);
      list.push(end === undefined ? await this.#value(depth + 1) : this.#parse(end));
    }
    return list;
  }

  async #object(depth: number): Promise<unknown> {
    const entries: [string, unknown][] = [];
    for (let isFirst = true; this.#goesOn("}", isFirst); isFirst = false) {
      while (isTurnOver()) await nextTurn();
      if (this.#next() !== '"') throw new SyntaxError("JSON with a key that is not a string");
      const key = this.#parse(endOfValue(this.#text, this.#at, Infinity));
      if (this.#next() !== ":") throw new SyntaxError("JSON with a key without a value");
      this.#at++;
      entries.push([key as string, await this.#value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  /** Moves to the next item of a list or object. Returns whether there is one. */
  #goesOn(end: string, isFirst: boolean): boolean {
    if (isFirst) this.#at++;
    const next = this.#next();
    if (next === end) this.#at++;
    if (next === end || isFirst) return next !== end;
    if (next !== ",") throw new SyntaxError("JSON with a list or an object that breaks off");
    this.#at++;
    return true;
  }

  /** Moves to the next character that is not white space, and returns it; empty at the end of the text. */
  #next(): string {
    while (WHITE_SPACE.has(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }

  #parse(end = this.#text.length): unknown {
    const value = JSON.parse(this.#text.slice(this.#at, end));
    this.#at = end;
    return value;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const WHITE_SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * Returns where the value that starts at an index ends, if that is before `limit` and the text is JSON; `undefined` if it is
 * longer, or not complete.
 */
function endOfValue(text: string, start: number, limit: number): number | undefined {
  const last = Math.min(limit, text.length);
  let depth = 0;
  for (let at = start; at < last; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        for (at++; at < last && text.charCodeAt(at) !== QUOTE; at++) {
          if (text.charCodeAt(at) === BACKSLASH) at++;
        }
        if (at >= last) return undefined;
        if (depth === 0) return at + 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
    }
  }
  return undefined;
}
