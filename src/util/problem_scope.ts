/** The scope of the problems of an account. */
export function accountScope(accountId: number): string {
  return `account ${accountId}`;
}

/** The scope of the problems of a job. */
export function jobScope(jobId: string): string {
  return `job ${jobId}`;
}

/** The scope of the problems that a job itself reports; they end when the job changes. */
export function ownJobScope(scope: string): string {
  return `${scope}, reported by itself`;
}

/** Whether the problems of a scope are those of a job. */
export function isJobScope(scope: string | undefined): boolean {
  return scope !== undefined && scope.startsWith("job ");
}
