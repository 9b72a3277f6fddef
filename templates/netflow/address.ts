/** Writes the IPv4 address that starts at `offset`. */
export function ipv4At(view: DataView, offset: number): string {
  return `${view.getUint8(offset)}.${view.getUint8(offset + 1)}.${view.getUint8(offset + 2)}.${
    view.getUint8(offset + 3)
  }`;
}

/** Writes the IPv6 address that starts at `offset`, in the canonical form of RFC 5952. */
export function ipv6At(view: DataView, offset: number): string {
  const groups: number[] = [];
  for (let n = 0; n < 8; n++) groups.push(view.getUint16(offset + 2 * n));
  const [start, length] = longestRunOfZeros(groups);
  // An IPv4 address in IPv6 clothes is written as the IPv4 address that people know.
  if (start === 0 && length === 5 && groups[5] === 0xffff) {
    return `::ffff:${ipv4At(view, offset + 12)}`;
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/**
 * Brings the text of an address into the form that a socket reports it in, so that both can be compared: without blanks
 * around it, without the IPv6 clothes of an IPv4 address, and IPv6 in its canonical form.
 */
export function plainAddress(text: string): string {
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
