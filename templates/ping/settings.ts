/** What the credential of a device says, as numbers. The names are those of its fields in Grafolean. */
export interface PingSettings {
  /** How long the answer to a packet may take, in seconds. Where packets are repeated, all tries share this time. */
  readonly timeout: number;
  /** How often a packet that is not answered is sent again. */
  readonly retry: number;
  /** How many packets are sent. */
  readonly n_packets: number;
  /** How long to wait between two packets, in seconds. */
  readonly sleep_packets: number;
}

interface Field {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

// Without a credential of its own, a device has always been pinged like this.
const FIELDS: Readonly<Record<keyof PingSettings, Field>> = {
  timeout: { fallback: 2, min: 0.01, max: 600, isWhole: false },
  retry: { fallback: 0, min: 0, max: 100, isWhole: true },
  n_packets: { fallback: 3, min: 1, max: 1000, isWhole: true },
  sleep_packets: { fallback: 1, min: 0, max: 600, isWhole: false },
};

/**
 * Reads the details of a credential, which people type into a form: its numbers are strings, and may be anything.
 *
 * @param details The details as Grafolean stores them.
 * @param onProblem Is told about each field that cannot be used, for which a default stands in.
 */
export function readSettings(
  details: unknown,
  onProblem: (problem: string) => void,
): PingSettings {
  const given = Object(details) as Readonly<Record<string, unknown>>;
  const read = (name: keyof PingSettings): number => {
    const { fallback, min, max, isWhole } = FIELDS[name];
    const number = toNumber(given[name]);
    if (number >= min && number <= max && (!isWhole || Number.isInteger(number))) return number;
    onProblem(
      `${name} is ${JSON.stringify(given[name]) ?? "missing"}, expected ` +
        `a ${isWhole ? "whole " : ""}number from ${min} to ${max}: using ${fallback}`,
    );
    return fallback;
  };
  return {
    timeout: read("timeout"),
    retry: read("retry"),
    n_packets: read("n_packets"),
    sleep_packets: read("sleep_packets"),
  };
}

/** How long pinging a device that never answers takes, in seconds. */
export function longestRun({ timeout, n_packets, sleep_packets }: PingSettings): number {
  return n_packets * (timeout + sleep_packets);
}

function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  // An empty text would be 0.
  return typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
}
