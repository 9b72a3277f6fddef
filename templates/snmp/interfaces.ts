import type { WantedEntity } from "@grafolean/collector";
import type { Sample } from "./client/poll.ts";
import { toNumber } from "./client/varbind.ts";

/** The columns of the interface tables, indexed by `ifIndex`. */
export const INTERFACE_OIDS = {
  /** `ifDescr` */
  name: "1.3.6.1.2.1.2.2.1.2",
  /** `ifSpeed`, in bits per second, as far as 32 bits go. */
  speed: "1.3.6.1.2.1.2.2.1.5",
  /** `ifHighSpeed`, in millions of bits per second. */
  highSpeed: "1.3.6.1.2.1.31.1.1.1.15",
} as const;

type Column = ReadonlyMap<string, Sample>;

// The ifSpeed of an interface that is too fast for 32 bits (RFC 2863).
const MAX_IF_SPEED = 4_294_967_295;

/** Whether an interface is too fast for `ifSpeed`, so that `ifHighSpeed` is needed. */
export function needsHighSpeed(speeds: Column): boolean {
  return [...speeds.values()].some(({ value }) => value && toNumber(value) === MAX_IF_SPEED);
}

/** Converts the interfaces of a device to entities. Everything with a name is an interface; an unknown speed is 0. */
export function toInterfaces(names: Column, speeds: Column, highSpeeds: Column): WantedEntity[] {
  const interfaces: WantedEntity[] = [];
  for (const [index, { value }] of names) {
    if (value === undefined) continue;
    interfaces.push({
      name: toName(String(value.value)) || `interface ${index}`,
      details: { snmp_index: index, speed_bps: String(speedOf(index, speeds, highSpeeds)) },
    });
  }
  return interfaces;
}

function speedOf(index: string, speeds: Column, highSpeeds: Column): number {
  const speed = numberAt(index, speeds);
  const highSpeed = numberAt(index, highSpeeds);
  return speed === MAX_IF_SPEED && highSpeed > 0 ? highSpeed * 1_000_000 : speed;
}

function numberAt(index: string, column: Column): number {
  const value = column.get(index)?.value;
  return value === undefined ? 0 : toNumber(value) || 0;
}

// Grafolean's database does not accept NUL characters, and other control characters are useless in a name.
function toName(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ").trim();
}
