import type { UnwrittenValue } from "../../../src/delivery/store/waiting_values.ts";

/** A point in time, in microseconds. */
export const T0 = 1_795_452_484_000_000;

/** Values number `first` and following. Each has its own path and time; every third is a string. */
export function values(first: number, count: number): UnwrittenValue[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const v = number % 3 === 0 ? `"${number}" äöü` : number / 7;
    return { p: `interfaces.${number}.traffic.in`, v, t: T0 + number * 1001 };
  });
}
