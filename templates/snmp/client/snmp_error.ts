// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { DAMAGED } from "./mend_response.ts";

/**
 * The kind of an {@linkcode SnmpError}:
 * - `"timeout"`: the device does not respond;
 * - `"silent"`: it responds, but not to this request, or not to its end in time;
 * - `"skipped"`: the request was not sent, as the run has no time left for it;
 * - `"unreachable"`: the request could not even be sent;
 * - `"refused"`: the device does not accept the user, the keys or the version;
 * - `"no such name"`: it has no such OID, by SNMPv1;
 * - `"undecodable"`: a response, or a value in it, that cannot be decoded;
 * - `"other"`: any other error in a response.
 */
export type SnmpErrorKind =
  | "timeout"
  | "silent"
  | "skipped"
  | "unreachable"
  | "refused"
  | "no such name"
  | "undecodable"
  | "other";

/** Thrown when a device cannot be polled. */
export class SnmpError extends Error {
  /** The kind of error. */
  readonly kind: SnmpErrorKind;

  /** Constructs a new instance. */
  constructor(kind: SnmpErrorKind, message: string) {
    super(message);
    this.name = "SnmpError";
    this.kind = kind;
    // Its message says all: a place in the code would only distract.
    delete this.stack;
  }
}

/** Whether only this request failed. After any other error, further requests to the device are pointless for now. */
export function isRequestError(error: unknown): error is SnmpError {
  return error instanceof SnmpError &&
    error.kind !== "timeout" && error.kind !== "unreachable" && error.kind !== "refused";
}

/**
 * Converts an error of net-snmp. It is not kept as the cause, since errors about SNMPv3 contain the keys of the user.
 *
 * @param device Name and address of the device.
 * @param garbage What the device sent instead of SNMP, if anything.
 */
export function toSnmpError(error: Error, device: string, garbage?: string): SnmpError {
  if (error instanceof SnmpError) return error;
  // The types of net-snmp lack this class.
  if (error.name === "RequestTimedOutError") return timeoutError(device, garbage);
  if (error instanceof snmp.RequestFailedError) {
    if (error.status === DAMAGED) {
      return new SnmpError("undecodable", `${device} sent a response that cannot be decoded`);
    }
    const kind = error.status === snmp.ErrorStatus.NoSuchName ? "no such name" : "other";
    return new SnmpError(kind, `${device} responded with ${error.message}`);
  }
  if (error instanceof snmp.ResponseInvalidError) {
    const { EAuthFailure, ECommunityNoMatch, ECouldNotDecrypt, EVersionNoMatch } =
      snmp.ResponseInvalidCode;
    // As in the packets, where 0 is SNMPv1 and 1 is SNMPv2c.
    const isV1 = /request '1' .*response '0'/.test(error.message);
    if (error.code === EVersionNoMatch && isV1) return onlyV1Error(device);
    if (error.code === EAuthFailure || error.code === ECouldNotDecrypt) {
      return new SnmpError(
        "refused",
        `${device} refused the SNMPv3 user: ${error.message}; check its name, level, protocols and keys`,
      );
    }
    // The message of net-snmp contains both communities, which are secrets.
    const what = error.code === ECommunityNoMatch ? "it has another community" : error.message;
    return new SnmpError("other", `${device} sent an invalid response: ${what}`);
  }
  // Deno reports "UNKNOWN" for what its permissions do not allow.
  const hint = error.message.includes("UNKNOWN")
    ? "; on Deno, check that --allow-net includes it"
    : "";
  return new SnmpError("unreachable", `Cannot send to ${device}: ${error.message}${hint}`);
}

/** Returns the error for a device that does not respond. */
export function timeoutError(device: string, garbage?: string): SnmpError {
  const instead = garbage === undefined ? "" : `, but sent something that is not SNMP (${garbage})`;
  return new SnmpError(
    "timeout",
    `${device} did not answer${instead}: check its address, that its SNMP agent runs and admits this host, and the credential (devices do not answer a wrong one)`,
  );
}

/** Returns the error for a device that was asked by SNMPv2c, but does not know it. */
export function onlyV1Error(device: string): SnmpError {
  return new SnmpError(
    "refused",
    `${device} answers SNMPv1 only: choose snmpv1 in the credential`,
  );
}
