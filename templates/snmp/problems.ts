import type { Logger } from "@grafolean/collector";

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

/** Describes which indexes of a sensor have no value, why, and what to do. */
export function describeProblem(
  sensorId: number,
  problem: Problem,
  indexes: readonly string[],
): string {
  const shown = indexes.slice(0, MAX_INDEXES).join(", ");
  const more = indexes.length > MAX_INDEXES ? ` and ${indexes.length - MAX_INDEXES} more` : "";
  const advice = ADVICE[problem];
  return `sensor ${sensorId} has no value for index ${shown}${more}: ${problem}${
    advice === undefined ? "" : `; ${advice}`
  }`;
}

/** Warns about the problems of each subject when they change, and repeats them only at debug level. */
export class ProblemReporter {
  readonly #last = new Map<string, string>();

  /**
   * Reports the current problems of a subject.
   *
   * @param subject The sensor, or device and sensor.
   * @param problems All of its problems; empty if there are none.
   */
  report(
    log: Pick<Logger, "warn" | "debug">,
    subject: string,
    problems: readonly string[],
  ): void {
    const text = problems.join("\n");
    const isNew = this.#last.get(subject) !== text;
    if (text === "") this.#last.delete(subject);
    else this.#last.set(subject, text);
    for (const problem of problems) {
      if (isNew) log.warn(problem);
      else log.debug(problem);
    }
  }
}
