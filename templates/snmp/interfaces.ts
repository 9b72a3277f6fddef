import type { WantedEntity } from "@grafolean/collector";
import { SYS_UP_TIME } from "./client/oid.ts";
import type { PollResult, Sample, WantedOid } from "./client/poll.ts";
import { SnmpError } from "./client/snmp_error.ts";
import { toNumber } from "./client/varbind.ts";

const column = (oid: string): WantedOid => ({ oid, walk: true });

/** The columns of the interface tables, indexed by `ifIndex`. Small devices lack the last three. */
const COLUMNS = {
  ifDescr: column("1.3.6.1.2.1.2.2.1.2"),
  /** In bits per second, as far as 32 bits go. */
  ifSpeed: column("1.3.6.1.2.1.2.2.1.5"),
  ifName: column("1.3.6.1.2.1.31.1.1.1.1"),
  /** In millions of bits per second. */
  ifHighSpeed: column("1.3.6.1.2.1.31.1.1.1.15"),
  ifAlias: column("1.3.6.1.2.1.31.1.1.1.18"),
} as const;

/** `sysUpTime`, which every device answers, also one that hides its interfaces. */
const UP_TIME: WantedOid = { oid: SYS_UP_TIME, walk: false };

/** What to poll to know the interfaces of a device. */
export const INTERFACE_OIDS: readonly WantedOid[] = [UP_TIME, ...Object.values(COLUMNS)];

/**
 * Converts the interfaces of a device to entities. Everything with an `ifDescr` is an interface; an unknown speed is 0.
 *
 * @throws {SnmpError} If a column that every device has was not answered.
 */
export function toInterfaces({ get }: Pick<PollResult, "get">): WantedEntity[] {
  const descrs = columnOf(get(COLUMNS.ifDescr));
  const speeds = columnOf(get(COLUMNS.ifSpeed));
  const names = extraColumnOf(get(COLUMNS.ifName));
  const highSpeeds = extraColumnOf(get(COLUMNS.ifHighSpeed));
  const aliases = extraColumnOf(get(COLUMNS.ifAlias));
  const interfaces: WantedEntity[] = [];
  for (const [index, descr] of descrs) {
    if (descr.value === undefined) continue;
    const name = names.get(index);
    const alias = aliases.get(index);
    interfaces.push({
      name: toText(descr) || `interface ${index}`,
      details: {
        snmp_index: index,
        speed_bps: `${speedOf(numberAt(index, speeds), numberAt(index, highSpeeds))}`,
        // Details that are left out stay as they are.
        ...name?.value && { snmp_name: toText(name) },
        ...alias?.value && { snmp_alias: toText(alias) },
      },
    });
  }
  return interfaces;
}

type Column = ReadonlyMap<string, Sample>;

function columnOf(samples: ReturnType<PollResult["get"]>): Column {
  if (samples instanceof SnmpError) throw samples;
  return samples instanceof Map ? samples : new Map();
}

function extraColumnOf(samples: ReturnType<PollResult["get"]>): Column {
  return samples instanceof Map ? samples : new Map();
}

function numberAt(index: string, column: Column): number {
  const value = column.get(index)?.value;
  return value === undefined ? 0 : toNumber(value) || 0;
}

// An interface that is too fast for 32 bits has an ifSpeed of 2^32-1 (RFC 2863); others report 2^32-2, 0, or what is left
// in 32 bits.
function speedOf(speed: number, highSpeed: number): number {
  const high = highSpeed * 1_000_000;
  const isTooFast = speed <= 0 || speed >= 2 ** 32 - 2 || speed === high % 2 ** 32;
  return isTooFast && high > 0 ? high : speed;
}

// Grafolean's database does not accept NUL characters, and other control characters are useless in a name.
function toText({ value }: Sample): string {
  return String(value?.value ?? "").replaceAll(/\p{Cc}+/gu, " ").trim();
}
