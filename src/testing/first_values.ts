import type { StoredValue } from "./backend/value_table.ts";
import type { ValuesListener } from "./values_listeners.ts";

const MAX_PATHS = 100;

/**
 * Returns a listener that prints the first value of each path, for the first 100 paths: all values would hide the address
 * of the page, and what the bot logs.
 *
 * @param print Prints a value.
 * @param printMore Is called once, when there are more paths.
 */
export function firstValues(
  print: (value: StoredValue) => void,
  printMore: () => void,
): ValuesListener {
  const paths = new Set<string>();
  return (values) => {
    for (const value of values) {
      const path = `${value.accountId} ${value.p}`;
      if (paths.size > MAX_PATHS || paths.has(path)) continue;
      paths.add(path);
      if (paths.size > MAX_PATHS) printMore();
      else print(value);
    }
  };
}
