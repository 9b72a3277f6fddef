/**
 * Object identifiers: rows of numbers such as `1.3.6.1.2.1.2.2.1.10`.
 */

/**
 * Reads an OID, with or without a dot at its start.
 *
 * @throws {TypeError} If it is none. Names such as `sysUpTime.0` are none: they need MIB files.
 */
export function parseOid(text: unknown): string {
  const oid = typeof text === "string" ? text.trim().replace(/^\./, "") : "";
  const numbers = oid.split(".");
  const legal = numbers.length >= 2 && numbers.length <= 128 &&
    numbers.every((number) => /^\d{1,10}$/.test(number) && Number(number) <= 0xffff_ffff);
  if (legal) return numbers.map(Number).join(".");
  throw new TypeError(
    `Cannot ask for the OID ${
      JSON.stringify(text) ?? "undefined"
    }: expected numbers and dots, such as 1.3.6.1.2.1.1.3.0`,
  );
}

/** What follows `root` in an OID below it: the index in a walk. `undefined` when it is not below. */
export function indexBelow(root: string, oid: string): string | undefined {
  return oid.startsWith(`${root}.`) ? oid.slice(root.length + 1) : undefined;
}

/** Whether an OID comes after another one in the order in which devices list them. */
export function isAfter(oid: string, other: string): boolean {
  const [a, b] = [oid.split("."), other.split(".")];
  for (const [i, number] of a.entries()) {
    const difference = Number(number) - Number(b[i] ?? -1);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
