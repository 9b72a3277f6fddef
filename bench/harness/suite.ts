/** A number that the process of a variant prints, and a column of the table. */
export interface Figure {
  /** Its property in the JSON that the process prints. */
  readonly key: string;
  /** The heading of its column. */
  readonly title: string;
  /** Stands behind each number. @default none */
  readonly unit?: string;
  /** Decimal places. @default 0 */
  readonly digits?: number;
  /** Adds a column with the ratio to the reference variant. @default false */
  readonly ratio?: boolean;
  /** Shows the smallest and the largest of all rounds behind the median. @default true */
  readonly spread?: boolean;
}

/** A size or a situation in which all variants are measured. */
export interface Case {
  /** Its text in the first column. */
  readonly name: string;
  /** What the commands need to know. @default none */
  readonly args?: readonly string[];
  /** About how long one run of one variant takes; for the expected time only. */
  readonly seconds: number;
  /** How often each variant is measured at most, if more would show the same. @default as often as in other cases */
  readonly rounds?: number;
  /** The names of the variants that it measures. @default all */
  readonly variants?: readonly string[];
}

/** What a command is made for. */
export interface Run {
  readonly case: Case;
  /** What `setUp` has returned. */
  readonly args: readonly string[];
  /** Whether this is the smoke test: as short as possible. */
  readonly quick: boolean;
}

/** One of the things that are compared. */
export interface Variant {
  readonly name: string;
  /** Programs without which it is skipped. @default none */
  readonly needs?: readonly string[];
  /** The program and its arguments; see {@linkcode denoCommand}. Its last line of standard output is a JSON object. */
  command(run: Run): readonly string[];
}

/** What a suite has started for its variants. */
export interface SetUp extends AsyncDisposable {
  /** Passed on to the commands. */
  readonly args: readonly string[];
}

/** Things that are compared with each other, and where. */
export interface Suite {
  /** Its name on the command line and in the README. */
  readonly name: string;
  readonly title: string;
  /** What is measured, on what, and how: a paragraph in Markdown. */
  readonly about: string;
  /** The headings of the columns of the cases and the variants. A table with one case has no column for it. */
  readonly headings: readonly [cases: string, variants: string];
  /** From small to large: the first is the one of `--quick`. */
  readonly cases: readonly Case[];
  readonly variants: readonly Variant[];
  readonly figures: readonly Figure[];
  /** The name of the variant that ratios refer to. */
  readonly reference: string;
  /** How often each variant is measured. @default 3 */
  readonly rounds?: number;
  /** Programs without which the whole suite is skipped. @default none */
  readonly needs?: readonly string[];
  /** Starts what all variants of a case share, such as a server. */
  setUp?(run: Omit<Run, "args">): Promise<SetUp>;
}

/** What a process has printed: a number for each figure that it knows. */
export type Figures = Readonly<Record<string, number>>;

/** One run of a variant. */
export interface Measurement {
  readonly case: string;
  readonly variant: string;
  /** From 0. */
  readonly round: number;
  readonly figures: Figures;
}
