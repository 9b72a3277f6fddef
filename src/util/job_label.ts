/** Names a job for people: `name (id)`, as names need not be unique, or the id of a job without a name. */
export function jobLabel(
  { jobId, name }: { readonly jobId: string; readonly name?: string | undefined },
): string {
  return name === undefined || name === "" ? jobId : `${name} (${jobId})`;
}
