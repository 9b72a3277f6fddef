/** The details of a ping credential as numbers, under the names that its fields have in Grafolean. */
export interface PingCredential {
  /** Seconds to wait for the answer to a packet; shared by all attempts when it is sent again. */
  readonly timeout: number;
  /** How many times a lost packet is sent again. */
  readonly retry: number;
  /** Number of packets. */
  readonly n_packets: number;
  /** Pause between two packets, in seconds. */
  readonly sleep_packets: number;
}

interface Field {
  readonly defaultValue: number;
  readonly min: number;
  readonly max: number;
  readonly isInteger: boolean;
}

// The defaults with which a device without its own credential has always been pinged.
const FIELDS: Readonly<Record<keyof PingCredential, Field>> = {
  timeout: { defaultValue: 2, min: 0.01, max: 600, isInteger: false },
  retry: { defaultValue: 0, min: 0, max: 100, isInteger: true },
  n_packets: { defaultValue: 3, min: 1, max: 1000, isInteger: true },
  sleep_packets: { defaultValue: 1, min: 0, max: 600, isInteger: false },
};

/**
 * Reads the details of a credential. They come from a form: numbers are strings, and can be anything.
 *
 * @param details The details as Grafolean stores them.
 * @param onProblem Called for each invalid field, whose default is used instead.
 */
export function readCredential(
  details: unknown,
  onProblem: (problem: string) => void,
): PingCredential {
  const fields = Object(details) as Readonly<Record<string, unknown>>;
  const read = (name: keyof PingCredential): number => {
    const { defaultValue, min, max, isInteger } = FIELDS[name];
    const number = toNumber(fields[name]);
    if (number >= min && number <= max && (!isInteger || Number.isInteger(number))) return number;
    onProblem(
      `${name} is ${JSON.stringify(fields[name]) ?? "missing"}, expected ` +
        `a ${isInteger ? "whole " : ""}number from ${min} to ${max}: using ${defaultValue}`,
    );
    return defaultValue;
  };
  return {
    timeout: read("timeout"),
    retry: read("retry"),
    n_packets: read("n_packets"),
    sleep_packets: read("sleep_packets"),
  };
}

/**
 * Returns how long a run may take, in seconds. Only a safety net: the pingers end what takes too long, while each attempt
 * may take a second longer than its timeout, and each device may have to wait for its turn.
 */
export function maxRunTimeS({ timeout, retry, n_packets, sleep_packets }: PingCredential): number {
  return n_packets * (timeout + sleep_packets + retry + 1) + 3600;
}

function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  // Number("") is 0.
  return typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
}
