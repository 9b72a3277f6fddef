import type { EntityInfo } from "@grafolean/collector";
import { isIP } from "node:net";
import { normalizeAddress } from "./address.ts";

/** A device in Grafolean that is an exporter: what Grafolean stores about it, parsed. */
export interface Device {
  /** The account that receives its values. */
  readonly accountId: number;
  /** Its id. */
  readonly entityId: number;
  /** Its name. */
  readonly name: string;
  /** The address that it sends from. */
  readonly address: string;
  /** The sampling rate that an administrator stated for it, which holds whatever it announces. */
  readonly samplingRate?: number;
}

const MAX_SAMPLING_RATE = 1_000_000;

/**
 * Parses the details of a device, which can be anything: its address `ipv4`, and `sampling_rate`, which is optional.
 *
 * @returns The device, unless it has no address, and what is wrong with it.
 */
export function parseDevice(
  { accountId, entityId, name, details }: EntityInfo,
): { readonly device?: Device; readonly problem?: string } {
  const { ipv4, sampling_rate: rate } = (details ?? {}) as Record<string, unknown>;
  const address = typeof ipv4 === "string" ? normalizeAddress(ipv4) : "";
  if (isIP(address) === 0) {
    const problem = address === "" ? "it has no address" : `"${address}" is not an IP address`;
    return {
      problem: `Cannot receive flows of "${name}" as ${problem}: ` +
        "set the address that it sends from in Grafolean",
    };
  }
  const device = { accountId, entityId, name, address };
  if (rate === undefined || rate === null || rate === "") return { device };
  const samplingRate = typeof rate === "string" ? Number(rate) : rate;
  if (
    typeof samplingRate === "number" && samplingRate >= 1 && samplingRate <= MAX_SAMPLING_RATE
  ) {
    return { device: { ...device, samplingRate } };
  }
  return {
    device,
    problem: `Ignoring the sampling_rate ${JSON.stringify(rate)} of "${name}": ` +
      "write a number from 1 to 1000000, such as 1000 if it samples one packet in 1000",
  };
}
