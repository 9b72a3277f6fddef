/**
 * What became of the values of a bot. At every moment,
 * `handedOver` = `sent` + `refused` + `dropped` + `waiting`.
 */
export interface ResultsStats {
  /**
   * The number of values that jobs have sent, and that were left in the outbox file by the previous run. A path that is given
   * twice in a call counts once, and so does a path with the same time of its own.
   */
  readonly handedOver: number;
  /** The number of values that Grafolean stored, or that a dry run collected. */
  readonly sent: number;
  /** The number of values that were refused, by the library or by Grafolean. */
  readonly refused: number;
  /** The number of values that were dropped because too many were waiting, or for too long. */
  readonly dropped: number;
  /** The number of values that are waiting for delivery. */
  readonly waiting: number;
  /** The number of waiting values that are quarantined: Grafolean fails with 500 on their paths, and stores others. */
  readonly quarantined: number;
  /** The age of the oldest waiting value, in seconds; `null` if none is waiting. */
  readonly oldestAge: number | null;
  /** Whether all waiting values would survive the end of the process; `false` without an outbox file. */
  readonly durable: boolean;
  /** Where they are waiting: `"memory"`, or the name of the file. */
  readonly place: string;
}
