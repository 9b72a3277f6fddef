import { formatAddress } from "../address.ts";

/** A kind of key in a table of sums. */
export interface KeyKind {
  /** Number of 32-bit words in a key. */
  readonly words: number;
  /** Formats the words from `start`. */
  format(words: Uint32Array, start: number): string;
  /** Parses what `format` returns; `undefined` if it is no key. */
  parse(text: string): Uint32Array | undefined;
}

/** A number, such as a port. */
export const NUMBER_KEY: KeyKind = {
  words: 1,
  format: (words, start) => String(words[start]),
  parse(text) {
    const key = Uint32Array.of(Number(text));
    return String(key[0]) === text ? key : undefined;
  },
};

/** An address. */
export const ADDRESS_KEY: KeyKind = {
  words: 4,
  format: formatAddress,
  parse: parseAddress,
};

/** Two addresses. As text there is a space between them. */
export const ADDRESS_PAIR_KEY: KeyKind = {
  words: 8,
  format: (words, start) => `${formatAddress(words, start)} ${formatAddress(words, start + 4)}`,
  parse(text) {
    const [from, to, ...rest] = text.split(" ").map(parseAddress);
    return from && to && rest.length === 0 ? Uint32Array.of(...from, ...to) : undefined;
  },
};

// Random numbers of each process, so that nobody can choose addresses that collide.
const SEEDS = crypto.getRandomValues(new Uint32Array(2 * 8));

/**
 * Hashes the words of a key. Two keys collide as rarely as by chance, whatever they are: the products of 16-bit halves
 * with random numbers are universal hashing (multilinear). The rest separates keys that follow one another.
 */
export function hashKey(keys: Uint32Array, start: number, words: number): number {
  let hash = 0;
  for (let word = 0; word < words; word++) {
    const value = keys[start + word]!;
    hash = (hash + Math.imul(value >>> 16, SEEDS[2 * word]!)) | 0;
    hash = (hash + Math.imul(value & 0xffff, SEEDS[2 * word + 1]!)) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ hash >>> 13;
}

function parseAddress(text: string): Uint32Array | undefined {
  const words = text.includes(":") ? parseIPv6(text) : parseIPv4(text);
  return words.length === 4 && formatAddress(words) === text ? words : undefined;
}

function parseIPv4(text: string): Uint32Array {
  return Uint32Array.of(0, 0, 0xffff, text.split(".").reduce((sum, byte) => sum * 256 + +byte, 0));
}

function parseIPv6(text: string): Uint32Array {
  const [head = [], tail = []] = text.split("::").map((part) => part === "" ? [] : part.split(":"));
  const groups = [...head, ...Array(Math.max(0, 8 - head.length - tail.length)).fill("0"), ...tail];
  return Uint32Array.from(
    { length: groups.length / 2 },
    (_, n) => parseInt(groups[2 * n], 16) * 65_536 + parseInt(groups[2 * n + 1], 16),
  );
}
