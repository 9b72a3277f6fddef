/** Programs that do the same work, and what is measured of each. */
export interface Suite {
  /** Its name on the command line and in the README. */
  readonly name: string;
  readonly title: string;
  /** What is measured, on what, and how: a paragraph in Markdown. */
  readonly about: string;
  /** The headings of the columns of the cases and the variants. */
  readonly headings: readonly [cases: string, variants: string];
  /** From small to large. */
  readonly cases: readonly Case[];
  /** With `--quick`, only the first case is measured, once and with these arguments. */
  readonly quickArgs: readonly string[];
  readonly variants: readonly Variant[];
  readonly figures: readonly Figure[];
  /** The name of the variant that ratios refer to. */
  readonly reference: string;
  /**
   * The command of a process that all variants of a case share, such as a server. It gets the arguments of the case,
   * and prints one line of words once it is ready. @default none
   */
  readonly server?: readonly string[];
  /** Programs without which the suite is skipped; those with arguments must succeed. @default none */
  readonly needs?: readonly string[];
}

/** A size or a situation in which the variants are measured. */
export interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** About how long one run of one variant takes; only used to tell how long the rest takes. */
  readonly seconds: number;
  /** How often each variant is measured. @default 3 */
  readonly rounds?: number;
  /** The names of the variants that are measured. @default all */
  readonly variants?: readonly string[];
}

/** One of the things that are compared. */
export interface Variant {
  readonly name: string;
  /**
   * The program and its first arguments, see {@linkcode denoCommand}; those of the case and the words of the server
   * follow. The last line that it prints is a JSON object with a number for each figure that it knows.
   */
  readonly command: readonly string[];
  /** Programs without which it is skipped. @default none */
  readonly needs?: readonly string[];
}

/** A number that the variants print, and a column of the table. */
export interface Figure {
  /** Its property in what the variants print. */
  readonly key: string;
  /** The heading of its column. */
  readonly title: string;
  /** Stands behind each number. @default none */
  readonly unit?: string;
  /** Adds a column with the ratio to the reference. @default false */
  readonly ratio?: boolean;
}

/** One run of a variant. */
export interface Measurement {
  readonly case: string;
  readonly variant: string;
  /** From 0. */
  readonly round: number;
  readonly figures: Readonly<Record<string, number>>;
}
