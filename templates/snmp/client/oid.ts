/** `sysUpTime`: hundredths of a second since the device started. */
export const SYS_UP_TIME = "1.3.6.1.2.1.1.3.0";

/**
 * Parses a numeric OID such as `1.3.6.1.2.1.2.2.1.10`, with or without a leading dot.
 *
 * @throws {TypeError} If it is invalid. Names such as `sysUpTime.0` are: they would need MIB files.
 */
export function parseOid(text: unknown): string {
  const oid = typeof text === "string" ? text.trim().replace(/^\./, "") : "";
  const numbers = oid.split(".");
  const isValid = numbers.length >= 2 && numbers.length <= 128 &&
    numbers.every((number) => /^\d{1,10}$/.test(number) && Number(number) <= 0xffff_ffff);
  if (isValid) return numbers.map(Number).join(".");
  throw new TypeError(
    `Cannot poll the OID ${
      JSON.stringify(text) ?? "undefined"
    }: expected numbers and dots, such as 1.3.6.1.2.1.1.3.0`,
  );
}

/** Returns what follows `root` in an OID: its index in a WALK. `undefined` if the OID is not below `root`. */
export function indexBelow(root: string, oid: string): string | undefined {
  return oid.startsWith(`${root}.`) ? oid.slice(root.length + 1) : undefined;
}
