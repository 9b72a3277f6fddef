import { inTurns } from "../util/turns.ts";
import { parseBody } from "./fields.ts";
import { ListReader, type ReadItem, readList, type WireList } from "./wire.ts";

/** A list that may have thousands of items. */
export interface LongList<T> extends WireList<T> {
  /** The JSON of the list. */
  readonly text: string;
  /** The JSON of each valid item; empty if the list was not read item by item. */
  readonly texts: readonly string[];
}

/** What {@linkcode readLongList} reads. */
export interface ListOptions<T> {
  /** What an item is, with an article, such as `"an entity"`. */
  readonly noun: string;
  /** Converts an item. */
  readonly readItem: ReadItem<T>;
  /** The list as it was read before, if it was. */
  readonly last?: LongList<T> | undefined;
}

/**
 * Does what {@linkcode readList} does, without holding the event loop for long. In a list that is ordered by id, as those
 * of Grafolean are, whatever has the same JSON as in `last` is the same object.
 *
 * @throws {SyntaxError} If the text is not JSON. The message does not say where.
 * @throws {WireError} If there is no list.
 * @throws The reason of `signal` if it aborts.
 */
export async function readLongList<T extends { readonly id: number }>(
  text: string,
  { noun, readItem, last }: ListOptions<T>,
  signal?: AbortSignal,
): Promise<LongList<T>> {
  if (text === last?.text) return last;
  const texts: string[] = [];
  const start = HEAD.exec(text)?.[0].length;
  if (start === undefined) {
    return { text, texts, ...readList(parseBody(text), noun, readItem) };
  }
  const list = new ListReader(noun, readItem);
  const { items: lastItems = [], texts: lastTexts = [] } = last ?? {};
  // Where an item is in the last list, if it is there.
  let at = 0;
  await inTurns(itemsOf(text, start), (itemText) => {
    let item = lastTexts[at] === itemText ? lastItems[at] : list.read(JSON.parse(itemText));
    if (item === undefined) return;
    while (at < lastItems.length && lastItems[at]!.id < item.id) at++;
    if (lastTexts[at] === itemText) item = lastItems[at]!;
    if (lastItems[at]?.id === item.id) at++;
    list.items.push(item);
    texts.push(itemText);
  }, signal);
  return { text, texts, items: list.items, refused: list.refused };
}

/**
 * Yields the JSON of each item of a list, of which the first is at `start`.
 *
 * @throws {SyntaxError} If what follows the last item is not JSON. What is not JSON elsewhere is part of an item.
 */
function* itemsOf(text: string, start: number): Generator<string> {
  let at = start;
  while (text[at] !== "]" || at > start) {
    const end = endOfItem(text, at);
    yield text.slice(at, end);
    at = end;
    if (text[at] !== ",") break;
    at++;
  }
  JSON.parse(`{"list":[${text.slice(at)}`);
}

// With the white space of JSON, which is less than that of \s.
const HEAD = /^[ \t\r\n]*\{[ \t\r\n]*"list"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*/;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** Returns where the comma or the bracket is that ends an item of a list, or the length of the text if there is none. */
function endOfItem(text: string, start: number): number {
  let depth = 0;
  let at = start;
  for (; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++) {
          if (text.charCodeAt(at) === BACKSLASH) at++;
        }
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (depth-- === 0) return at;
        break;
    }
  }
  return text.length;
}
