import { formatAddress } from "../address.ts";

/** Formats a key of `words` words: a number, an address, or two addresses with a space between them. */
export function formatKey(keys: Uint32Array, start: number, words: number): string {
  if (words === 1) return String(keys[start]);
  const address = formatAddress(keys, start);
  return words === 4 ? address : `${address} ${formatAddress(keys, start + 4)}`;
}

// Random numbers of each process, so that nobody can choose addresses that collide.
// Odd: an even one would drop bits of the key.
const SEEDS = crypto.getRandomValues(new Uint32Array(2 * 8)).map((seed) => seed | 1);

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
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ hash >>> 16;
}
