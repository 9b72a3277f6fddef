import type { Problem } from "./evaluate.ts";

/** What to do about a problem, where there is something to do. */
const ADVICE: Partial<Record<Problem, string>> = {
  "a counter went back":
    "the device has started again, or a counter of 32 bits is too small for it: then use one of 64 bits (such as ifHCInOctets) or a shorter interval",
  "nothing there": "check the OIDs of the sensor",
  "not a number": "use only OIDs with numbers in the expression",
  "the expression has no result": "check it for divisions by zero",
  "the same path as another index": "put {$index} into the output path",
};

const SHOWN = 5;

/** Says which indexes of a sensor have no value, and why. */
export function problemText(
  sensorId: number,
  problem: Problem,
  indexes: readonly string[],
): string {
  const shown = indexes.slice(0, SHOWN).join(", ");
  const more = indexes.length > SHOWN ? ` and ${indexes.length - SHOWN} more` : "";
  const advice = ADVICE[problem];
  return `sensor ${sensorId} has no value for index ${shown}${more}: ${problem}${
    advice === undefined ? "" : `; ${advice}`
  }`;
}
