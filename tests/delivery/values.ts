import { type WaitingValue, WaitingValues } from "../../src/delivery/store/waiting_values.ts";

/** Microseconds since 1970. */
export const T0 = 1_800_000_000_000_000;

/** Returns values that wait, with the paths `prefix0`, `prefix1` and so on, and what holds them. */
export function waitingValues(
  count: number,
  prefix = "p",
): { readonly values: WaitingValue[]; readonly waiting: WaitingValues } {
  const waiting = new WaitingValues();
  const rows = waiting.add(
    1,
    Array.from({ length: count }, (_, n) => ({ p: `${prefix}${n}`, v: n, t: T0 + n })),
  );
  return { values: rows.flatMap(({ values }) => values), waiting };
}
