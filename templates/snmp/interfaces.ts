import type { WantedChild } from "@grafolean/collector";
import type { Timed } from "./poll.ts";
import { numberOf } from "./varbind.ts";

/** Where a device tells about its interfaces, by index. */
export const INTERFACE_OIDS = {
  /** `ifDescr`: their names. */
  name: "1.3.6.1.2.1.2.2.1.2",
  /** `ifSpeed`: in bits per second, as far as 32 bits go. */
  speed: "1.3.6.1.2.1.2.2.1.5",
  /** `ifHighSpeed`: in millions of bits per second. */
  highSpeed: "1.3.6.1.2.1.31.1.1.1.15",
} as const;

/** What a device tells about its interfaces under one OID. */
export type Column = ReadonlyMap<string, Timed>;

// What ifSpeed says when 32 bits do not go far enough (RFC 2863).
const TOO_FAST = 4_294_967_295;

/** Whether an interface is too fast for `ifSpeed`, so that `ifHighSpeed` has to be asked for. */
export function hasFastOnes(speeds: Column): boolean {
  return [...speeds.values()].some(({ reading }) => reading && numberOf(reading) === TOO_FAST);
}

/** Makes entities of what a device tells. Whatever has a name is an interface; a speed that is not told is 0. */
export function interfacesOf(names: Column, speeds: Column, highSpeeds: Column): WantedChild[] {
  const children: WantedChild[] = [];
  for (const [index, { reading }] of names) {
    if (reading === undefined) continue;
    children.push({
      name: nameOf(String(reading.value)) || `interface ${index}`,
      details: { snmp_index: index, speed_bps: String(speedOf(index, speeds, highSpeeds)) },
    });
  }
  return children;
}

function speedOf(index: string, speeds: Column, highSpeeds: Column): number {
  const speed = numberIn(speeds, index);
  const highSpeed = numberIn(highSpeeds, index);
  return speed === TOO_FAST && highSpeed > 0 ? highSpeed * 1_000_000 : speed;
}

function numberIn(column: Column, index: string): number {
  const reading = column.get(index)?.reading;
  return reading === undefined ? 0 : numberOf(reading) || 0;
}

// The database behind Grafolean takes no zero bytes, and nobody wants the other control characters in a name.
function nameOf(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ").trim();
}
