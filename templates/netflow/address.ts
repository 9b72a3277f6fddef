/** Formats the IPv4 address at `offset`. */
export function ipv4At(view: DataView, offset: number): string {
  return `${view.getUint8(offset)}.${view.getUint8(offset + 1)}.${view.getUint8(offset + 2)}.${
    view.getUint8(offset + 3)
  }`;
}

/** Formats the IPv6 address at `offset` in the canonical form of RFC 5952. */
export function ipv6At(view: DataView, offset: number): string {
  const groups: number[] = [];
  for (let n = 0; n < 8; n++) groups.push(view.getUint16(offset + 2 * n));
  const [start, length] = longestRunOfZeros(groups);
  // IPv4-mapped addresses end in dotted decimal.
  if (start === 0 && length === 5 && groups[5] === 0xffff) {
    return `::ffff:${ipv4At(view, offset + 12)}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
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
