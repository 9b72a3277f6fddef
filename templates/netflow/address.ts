/** Formats an address of four words, as in flows: IPv6 in the canonical form of RFC 5952, or IPv4. */
export function formatAddress(words: ArrayLike<number>, offset = 0): string {
  if (words[offset] === 0 && words[offset + 1] === 0 && words[offset + 2] === 0xffff) {
    const v4 = words[offset + 3]!;
    return `${v4 >>> 24}.${v4 >>> 16 & 255}.${v4 >>> 8 & 255}.${v4 & 255}`;
  }
  const groups: number[] = [];
  for (let word = offset; word < offset + 4; word++) {
    groups.push(words[word]! >>> 16, words[word]! & 0xffff);
  }
  const [start, length] = longestRunOfZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** Whether an address of four words is all 0, as that of a flow without an address. */
export function isUnset(words: Uint32Array): boolean {
  return (words[0]! | words[1]! | words[2]! | words[3]!) === 0;
}

/**
 * Normalizes an address so that addresses from Grafolean and from sockets can be compared: trims it, turns an
 * IPv4-mapped address into IPv4, and IPv6 into its canonical form.
 */
export function normalizeAddress(text: string): string {
  const plain = text.trim().toLowerCase();
  if (!plain.includes(":")) return plain;
  if (/^::ffff:\d+\.\d+\.\d+\.\d+$/.test(plain)) return plain.slice("::ffff:".length);
  const url = URL.parse(`http://[${plain}]`);
  return url === null ? plain : url.hostname.slice(1, -1);
}

function longestRunOfZeros(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [-1, 0];
  let start = -1;
  for (const [n, group] of groups.entries()) {
    if (group !== 0) {
      start = -1;
    } else {
      if (start < 0) start = n;
      if (n - start + 1 > best[1]) best = [start, n - start + 1];
    }
  }
  return best;
}
