/** Why nothing of an account gets through. */
export interface AccountFailure {
  /** What the last answer meant. */
  readonly kind: "unavailable" | "denied" | "unexpected" | "ambiguous";
  /** When the failure began, in milliseconds on the monotonic clock. */
  readonly since: number;
  /** Whether the first retry needs no pause. */
  readonly isBrief: boolean;
}

/**
 * Returns the failure of an account after one more request has failed.
 *
 * @param before Its failure until now.
 */
export function failureAfter(
  before: AccountFailure | undefined,
  kind: AccountFailure["kind"],
  now: number,
  isBrief: boolean,
): AccountFailure {
  // Once the backend answers again, the outage is over, and the pauses begin anew.
  const isNew = before === undefined || (kind === "ambiguous" && before.kind !== kind);
  return { kind, since: isNew ? now : before.since, isBrief: isBrief && before === undefined };
}
