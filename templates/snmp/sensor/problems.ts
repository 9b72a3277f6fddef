/** Why an index of a sensor has no value. */
export type Problem =
  | "first reading of a counter"
  | "a counter went back"
  | "no time passed between two readings of a counter"
  | "nothing there"
  | "not a number"
  | "the expression has no result"
  | "the same path as another index";

const ADVICE: Partial<Record<Problem, string>> = {
  "a counter went back":
    "the device restarted, or a 32-bit counter wrapped around: then use a 64-bit counter (such as ifHCInOctets) or a shorter interval",
  "nothing there": "check the OIDs of the sensor",
  "not a number": "use only OIDs with numbers in the expression",
  "the expression has no result": "check it for divisions by zero",
  "the same path as another index": "put {$index} into the output path",
};

const MAX_INDEXES = 5;

/**
 * Describes which indexes of a sensor have no value, why, and what to do.
 *
 * @param sensor Name and id of the sensor, such as `Sensor "traffic" (id 12)`.
 */
export function describeProblem(
  sensor: string,
  problem: Problem,
  indexes: readonly string[],
): string {
  const shown = indexes.slice(0, MAX_INDEXES).join(", ");
  const more = indexes.length > MAX_INDEXES ? ` and ${indexes.length - MAX_INDEXES} more` : "";
  const advice = ADVICE[problem];
  return `${sensor} has no value for index ${shown}${more}: ${problem}${
    advice === undefined ? "" : `; ${advice}`
  }`;
}
