// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { indexBelow, isAfter } from "./oid.ts";
import { type Reading, readingOf } from "./varbind.ts";
import type { Session } from "./session.ts";
import { isAnswer, SnmpError } from "./snmp_error.ts";

/** A value, and when it was read in seconds. */
export interface Timed {
  /** When it was read, in seconds. */
  readonly at: number;
  /** The value; `undefined` where the device has nothing under this OID. */
  readonly reading: Reading | undefined;
}

/** What reading needs. */
export interface FetchContext {
  /** The device. */
  readonly session: Pick<Session, "get" | "next" | "hasBulk">;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** The current time, in seconds. */
  readonly now: () => number;
}

// A packet that is not cut into pieces on its way holds about 1,400 bytes; an OID and its value take up to 60.
const GETS_PER_PACKET = 20;
const ROWS_PER_PACKET = 25;

// More rows than the largest routing tables that somebody may want to draw; a device that makes up rows is stopped here.
const MAX_ROWS = 100_000;

/**
 * Reads single values. What the device refuses to answer in one packet is asked for in smaller ones.
 *
 * @returns A value for each OID, or why there is none.
 * @throws {SnmpError} If it is no use to ask for anything else.
 */
export async function* fetchGets(
  oids: readonly string[],
  context: FetchContext,
): AsyncGenerator<[oid: string, value: Timed | SnmpError]> {
  for (let i = 0; i < oids.length; i += GETS_PER_PACKET) {
    yield* getTogether(oids.slice(i, i + GETS_PER_PACKET), context);
  }
}

async function* getTogether(
  oids: readonly string[],
  context: FetchContext,
): AsyncGenerator<[oid: string, value: Timed | SnmpError]> {
  const { session, signal, now } = context;
  try {
    const varbinds = await session.get(oids, signal);
    const at = now();
    const answered = new Map(varbinds.map((varbind) => [varbind.oid, varbind]));
    for (const oid of oids) {
      const varbind = answered.get(oid);
      yield [oid, { at, reading: varbind && readingOf(varbind) }];
    }
  } catch (error) {
    if (!isAnswer(error)) throw error;
    const [only, second] = oids;
    if (only === undefined) return;
    if (second === undefined) {
      const missing = error.trouble === "no such name";
      yield [only, missing ? { at: now(), reading: undefined } : error];
      return;
    }
    // SNMPv1 refuses the whole packet when one OID is missing, others when the answer would be too big.
    const half = Math.ceil(oids.length / 2);
    yield* getTogether(oids.slice(0, half), context);
    yield* getTogether(oids.slice(half), context);
  }
}

/**
 * Reads everything below an OID.
 *
 * @returns The values by index: what follows `root` in their OIDs, in the order of the device.
 * @throws {SnmpError} If the device does not answer, does not come forward, or does not come to an end.
 */
export async function fetchWalk(
  root: string,
  { session, signal, now }: FetchContext,
): Promise<ReadonlyMap<string, Timed>> {
  const values = new Map<string, Timed>();
  let last = root;
  let count = ROWS_PER_PACKET;
  for (;;) {
    let varbinds: readonly snmp.Varbind[];
    try {
      varbinds = await session.next(last, count, signal);
    } catch (error) {
      if (!isAnswer(error)) throw error;
      if (error.trouble === "no such name") return values; // The end, in SNMPv1.
      if (error.trouble !== "too big" || count === 1) throw error;
      count = Math.ceil(count / 4);
      continue;
    }
    const at = now();
    if (varbinds.length === 0) return values;
    for (const varbind of varbinds) {
      if (snmp.isVarbindError(varbind)) return values;
      const index = indexBelow(root, varbind.oid);
      if (index === undefined) return values;
      if (!isAfter(varbind.oid, last)) {
        throw new SnmpError(
          "other",
          `Cannot walk ${root} as the device answers ${varbind.oid} after ${last}, which would never end`,
        );
      }
      if (values.size >= MAX_ROWS) {
        throw new SnmpError("other", `Cannot walk ${root} as it has more than ${MAX_ROWS} rows`);
      }
      values.set(index, { at, reading: readingOf(varbind) });
      last = varbind.oid;
    }
  }
}
