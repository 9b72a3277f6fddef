import type { JobContext } from "@grafolean/collector";
import { SnmpError } from "../client/snmp_error.ts";
import type { DeviceSensor } from "./sensor_parser.ts";

/** How a reason is reported, and what to do about it. */
interface Report {
  /** `debug` for what passes by itself, `problem` for what lasts, `recurring` for what lasts, but not in each run. */
  readonly as: "debug" | "problem" | "recurring";
  readonly advice?: string;
}

// The most frequent mistake.
const GET_OR_WALK =
  "check the OIDs of the sensor: a column needs WALK, and a single value GET with its index, such as .0";

const INDEX_IN_PATH = "put {$index} into the output path, instead of the text or joined to it";

/** Why a sensor has no value. */
const REASONS = {
  "first reading of a counter": { as: "debug" },
  "a counter went back": {
    as: "recurring",
    advice:
      "it was reset, or is too small for its interface: then use a 64-bit counter (such as ifHCInOctets) or a shorter interval",
  },
  // The clock of this host was set back.
  "no time passed between two readings of a counter": { as: "debug" },
  "nothing there": { as: "problem", advice: GET_OR_WALK },
  "nothing below it": { as: "problem", advice: GET_OR_WALK },
  "a value that cannot be decoded": { as: "problem" },
  "not a number": { as: "problem", advice: "use only OIDs with numbers in the expression" },
  "the expression has no result": { as: "problem", advice: "check it for divisions by zero" },
  "an empty text in the output path": { as: "problem", advice: INDEX_IN_PATH },
  "the same path as another index": { as: "problem", advice: INDEX_IN_PATH },
  "the same path as another sensor": { as: "problem", advice: "give each sensor its own" },
} as const satisfies Record<string, Report>;

/** Why a sensor has no value for an index. */
export type Reason = keyof typeof REASONS;

/** An index of a sensor without a value. */
export interface Problem {
  readonly reason: Reason;
  /** The index, if the sensor has a WALK. */
  readonly index?: string | undefined;
  /** What is at fault: an OID, with its text if that matters, or another sensor. */
  readonly culprit?: string | undefined;
}

// It has ended when it has not happened for so many seconds.
const RECURRING_S = 3600;

const MAX_INDEXES = 5;

/** Reports which indexes of a sensor have no value, and why, or why none has. What lasts is one problem of the job. */
export function reportProblems(
  { title }: Pick<DeviceSensor, "title">,
  found: readonly Problem[] | SnmpError,
  { log, problems }: Pick<JobContext, "log" | "problems">,
): void {
  const lasting: string[] = [];
  if (found instanceof SnmpError) lasting.push(`Sensor ${title}: ${found.message}`);
  else {
    for (const [reason, all] of Map.groupBy(found, ({ reason }) => reason)) {
      const { as, advice }: Report = REASONS[reason];
      const text = `Sensor ${title} has no value${describe(all)}: ${reason}${
        advice === undefined ? "" : `; ${advice}`
      }`;
      if (as === "debug") log.debug(text);
      else if (as === "problem") lasting.push(text);
      else problems.raise(`${reason}: ${title}`, text, { expiresAfter: RECURRING_S });
    }
  }
  if (lasting.length > 0) problems.raise(`sensor ${title}`, lasting.join("; "));
  else problems.clear(`sensor ${title}`);
}

function describe(problems: readonly Problem[]): string {
  const indexes = problems.flatMap(({ index }) => index ?? []);
  const shown = indexes.slice(0, MAX_INDEXES).join(", ");
  const more = indexes.length > MAX_INDEXES ? ` and ${indexes.length - MAX_INDEXES} more` : "";
  const where = shown === "" ? "" : ` for index ${shown}${more}`;
  const culprit = problems[0]?.culprit;
  return culprit === undefined ? where : `${where} (${culprit})`;
}

/** Whether a counter was read for the first time, so that the next reading has a value. */
export function isFirstReading({ reason }: Problem): boolean {
  return reason === "first reading of a counter";
}
