/** The scope of the problems of an account. */
export function accountScope(accountId: number): string {
  return `account ${accountId}`;
}

/** The scope of the problems of a job. */
export function jobScope(jobId: string): string {
  return `job ${jobId}`;
}

const OWN = ", reported by itself";

/** The scope of the problems that a job itself reports; they end when the job changes. */
export function ownJobScope(scope: string): string {
  return scope + OWN;
}

/** Whether the problems of a scope are those of a job. */
export function isJobScope(scope: string | undefined): boolean {
  return scope !== undefined && scope.startsWith("job ");
}

/** The id of the job whose problems have a scope; `undefined` if they are not those of a job. */
export function jobOfScope(scope: string | undefined): string | undefined {
  if (scope === undefined || !isJobScope(scope)) return undefined;
  return scope.slice("job ".length, scope.endsWith(OWN) ? -OWN.length : undefined);
}
