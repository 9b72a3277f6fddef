import type { DeviceState, Inspection, JobState } from "../../collector/inspection.ts";
import { inTurns } from "../../util/turns.ts";
import type { Row } from "./wire.ts";

/** The rows of the table, and the jobs that they show. */
export interface RowList {
  /** The rows by key. */
  readonly rows: ReadonlyMap<string, Row>;
  /** The ids of the jobs, redacted as in the rows. */
  readonly jobs: ReadonlySet<string>;
}

/** What a device that is polled, but by no job, shows. */
const NO_JOB = {
  reason: "no job",
  detail: "The bot has made no job for this device, as if none of its sensors had an interval",
};

/**
 * Lists a row for each device and job, each job for no device, and each device that is not polled.
 *
 * @param redact Hides the bot token in a text.
 */
export async function listRows(
  inspection: Inspection,
  redact: (text: string) => string,
): Promise<RowList> {
  const devices = new Map<number, DeviceState>();
  const unpolled: DeviceState[] = [];
  await inTurns(inspection.devices(), (device) => {
    if (device.id !== undefined && device.info !== undefined) devices.set(device.id, device);
    else unpolled.push(device);
  });
  const jobs = new Set<string>();
  const jobsOf = new Map<number, JobState[]>();
  const rows = new Map<string, Row>();
  const add = (row: Row): void => void rows.set(row.key, row);

  await inTurns(inspection.jobs(), (job) => {
    jobs.add(redact(job.jobId));
    const ids = job.entityIds.filter((id) => devices.has(id));
    for (const id of ids) {
      const others = jobsOf.get(id);
      if (others === undefined) jobsOf.set(id, [job]);
      else others.push(job);
    }
    if (ids.length > 0) return;
    add({
      key: redact(`job ${job.jobId}`),
      job: redact(job.jobId),
      name: redact(job.name || job.jobId),
      intervals: job.intervals,
    });
  });
  await inTurns(devices, ([id, device]) => {
    const { account } = device;
    const ofDevice = { device: id, name: redact(nameOf(device)), account: redact(account.name) };
    const itsJobs = jobsOf.get(id) ?? [];
    for (const job of itsJobs) {
      add({
        key: redact(`device ${id} job ${job.jobId}`),
        job: redact(job.jobId),
        ...ofDevice,
        label: itsJobs.length > 1 ? redact(job.name || job.jobId) : undefined,
        intervals: job.intervals,
      });
    }
    if (itsJobs.length === 0) add({ key: redact(unpolledKey(device)), ...ofDevice, ...NO_JOB });
  });
  await inTurns(unpolled, (device) => {
    const { id, account, leftOut } = device;
    add({
      key: redact(unpolledKey(device)),
      device: id,
      name: redact(nameOf(device)),
      account: redact(account.name),
      reason: leftOut?.reason ?? NO_JOB.reason,
      detail: leftOut && redact(leftOut.detail),
    });
  });
  return { rows, jobs };
}

/** Grafolean takes names that nobody can see. */
function nameOf({ id, name }: DeviceState): string {
  return name.trim() === "" ? `device ${id}` : name;
}

function unpolledKey({ id, name, account, protocol }: DeviceState): string {
  return `${protocol} ${account.id} ${id ?? name}`;
}

/** Whether two rows show the same. */
export function isSameRow(one: Row, other: Row | undefined): boolean {
  return one.name === other?.name && one.label === other.label && one.account === other.account &&
    one.reason === other.reason && one.detail === other.detail &&
    String(one.intervals) === String(other.intervals);
}
