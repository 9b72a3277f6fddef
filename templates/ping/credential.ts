// With the defaults with which a device without its own credential has always been pinged.
const FIELDS = {
  /** Seconds to wait for the answer to a packet; shared by all attempts when it is sent again. */
  timeout: { defaultValue: 2, min: 0.01, max: 600, isWhole: false },
  /** How many times a lost packet is sent again. */
  retry: { defaultValue: 0, min: 0, max: 100, isWhole: true },
  /** Number of packets. */
  n_packets: { defaultValue: 3, min: 1, max: 1000, isWhole: true },
  /** Pause between two packets, in seconds. */
  sleep_packets: { defaultValue: 1, min: 0, max: 600, isWhole: false },
};

/** The details of a ping credential as numbers, under the names that its fields have in Grafolean. */
export type PingCredential = { readonly [Name in keyof typeof FIELDS]: number };

/**
 * Reads the details of a credential. They come from a form: numbers are strings, and can be anything.
 *
 * @param onProblem Called for each invalid field, whose default is used instead.
 */
export function readCredential(
  details: unknown,
  onProblem: (problem: string) => void,
): PingCredential {
  const values = Object(details) as Readonly<Record<string, unknown>>;
  const read = (name: keyof PingCredential): number => {
    const { defaultValue, min, max, isWhole } = FIELDS[name];
    const value = values[name];
    // Number(" ") is 0.
    const text = typeof value === "string" && value.trim() !== "" ? value : NaN;
    const number = Number(typeof value === "number" ? value : text);
    if (number >= min && number <= max && (!isWhole || Number.isInteger(number))) return number;
    onProblem(
      `${name} is ${JSON.stringify(value) ?? "missing"}, expected ` +
        `a ${isWhole ? "whole " : ""}number from ${min} to ${max}: using ${defaultValue}`,
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
