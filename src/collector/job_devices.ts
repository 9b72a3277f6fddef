// Params hold a device, a list of devices, or one of these in a field.
const MAX_DEPTH = 3;
const MAX_VISITS = 1_000_000;

/** Why a device is not polled that has all it needs except that none of its sensors is ever due. */
export const WITHOUT_INTERVAL = {
  reason: "without interval",
  detail: "none of its sensors has a valid interval",
} as const;

/**
 * Returns the ids of the devices that a job is for: those whose `entityId` is in its params, or else the one whose id is part
 * of its own.
 *
 * @param known The ids of all devices.
 */
export function devicesOfJob(
  { jobId, jobParams }: { readonly jobId: string; readonly jobParams: unknown },
  known: ReadonlySet<number>,
): Set<number> {
  const found = new Set<number>();
  let visits = 0;
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
    if (++visits > MAX_VISITS) return;
    const { entityId } = value as { readonly entityId?: unknown };
    if (typeof entityId === "number" && known.has(entityId)) found.add(entityId);
    else for (const item of Object.values(value)) visit(item, depth + 1);
  };
  try {
    visit(jobParams, 0);
  } catch {
    // Params may have getters that throw.
  }
  if (found.size > 0) return found;
  // The first one only: what follows may be the id of a sensor.
  const id = Array.from(jobId.matchAll(/\d+/g), Number).find((id) => known.has(id));
  return new Set(id === undefined ? [] : [id]);
}
