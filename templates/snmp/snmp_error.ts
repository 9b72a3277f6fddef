/**
 * What can go wrong with a device, in words.
 */

// @ts-types="@types/net-snmp"
import snmp from "net-snmp";

/**
 * What kind of trouble it is:
 * - `"silence"`: no answer;
 * - `"unreachable"`: the system could not even send;
 * - `"refused"`: the device does not accept the user or the keys;
 * - `"no such name"`, `"too big"`: the two answers of a device after which it can be asked in another way;
 * - `"other"`: everything else that it answered.
 */
export type Trouble = "silence" | "unreachable" | "refused" | "no such name" | "too big" | "other";

/** Thrown when a device cannot be asked. */
export class SnmpError extends Error {
  /** What kind of trouble it is. */
  readonly trouble: Trouble;

  /** Makes an error. */
  constructor(trouble: Trouble, message: string) {
    super(message);
    this.name = "SnmpError";
    this.trouble = trouble;
  }
}

/** Whether an error is an answer to one question; after any other it is no use to ask the device anything else now. */
export function isAnswer(error: unknown): error is SnmpError {
  return error instanceof SnmpError &&
    error.trouble !== "silence" && error.trouble !== "unreachable" && error.trouble !== "refused";
}

/**
 * Explains an error of net-snmp. It is not kept as the cause, since those about SNMPv3 hold the keys of the user.
 *
 * @param where The device.
 * @param garbage What the device sent that was no SNMP, if it did.
 */
export function explain(error: Error, where: string, garbage?: string): SnmpError {
  if (error instanceof SnmpError) return error;
  // The types of net-snmp lack this one of its classes.
  if (error.name === "RequestTimedOutError") return silence(where, garbage);
  if (error instanceof snmp.RequestFailedError) {
    return new SnmpError(troubleOf(error.status), `${where} answered ${error.message}`);
  }
  if (error instanceof snmp.ResponseInvalidError) {
    const { EAuthFailure, ECouldNotDecrypt } = snmp.ResponseInvalidCode;
    return error.code === EAuthFailure || error.code === ECouldNotDecrypt
      ? new SnmpError(
        "refused",
        `${where} and this bot do not agree on the SNMPv3 user: ${error.message}; check its name, level, protocols and keys`,
      )
      : new SnmpError("other", `${where} answered nonsense: ${error.message}`);
  }
  // Deno says "UNKNOWN" to what it does not allow.
  const hint = error.message.includes("UNKNOWN")
    ? "; if Deno runs the bot, see whether --allow-net names it"
    : "";
  return new SnmpError("unreachable", `${where} cannot be asked: ${error.message}${hint}`);
}

/** The error for a device that does not answer. */
export function silence(where: string, garbage?: string): SnmpError {
  const instead = garbage === undefined ? "" : ` but something that is not SNMP (${garbage})`;
  return new SnmpError(
    "silence",
    `${where} did not answer${instead}: check its address, that its SNMP agent is on and lets this host in, and the credential, since devices do not answer a wrong one`,
  );
}

function troubleOf(status: snmp.ErrorStatus): Trouble {
  if (status === snmp.ErrorStatus.NoSuchName) return "no such name";
  return status === snmp.ErrorStatus.TooBig ? "too big" : "other";
}
