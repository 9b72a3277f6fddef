// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { indexBelow, isAfter } from "./oid.ts";
import type { Session } from "./session.ts";
import { isRequestError, SnmpError } from "./snmp_error.ts";
import { parseVarbind, type SnmpValue } from "./varbind.ts";

/** An OID to poll. */
export interface WantedOid {
  /** The OID. */
  readonly oid: string;
  /** Whether to WALK everything below the OID, instead of a GET of the OID itself. */
  readonly walk: boolean;
}

/** A value and the time of its collection. */
export interface Sample {
  /** Seconds since 1970. */
  readonly at: number;
  /** The value; `undefined` if the device has none for this OID. In a WALK it may be `"undecodable"`. */
  readonly value: SnmpValue | undefined;
}

/** The samples for one OID: a single one for a GET, one per index for a WALK. */
export type Samples = Sample | ReadonlyMap<string, Sample>;

/** What a poll needs. */
export interface PollContext {
  /** The session with the device. */
  readonly session: Pick<Session, "get" | "next" | "hasBulk">;
  /** Aborts the poll. */
  readonly signal: AbortSignal;
  /** Returns the current time in seconds since 1970. */
  readonly now: () => number;
}

/** The result of a poll. */
export interface PollResult {
  /** Returns the samples for an OID, or why there are none; `undefined` if the poll ended before it. */
  readonly get: (wanted: WantedOid) => Samples | SnmpError | undefined;
  /** Why the poll ended early, if it did. Samples from before that are good. */
  readonly error: unknown;
  /** How long the first answer took, in seconds; `undefined` if the device did not answer. */
  readonly responseTimeS: number | undefined;
}

// An unfragmented packet holds about 1,400 bytes; an OID and its value take up to 60.
const GETS_PER_PACKET = 20;
const ROWS_PER_PACKET = 25;

// More than the largest routing table worth a chart: stops a device that makes up rows.
const MAX_ROWS = 100_000;

// Enough to recognize them.
const MAX_BYTES_SHOWN = 60;

/** Polls OIDs: first all GETs, then each WALK. Never throws, see {@linkcode PollResult.error}. */
export async function poll(
  wanted: Iterable<WantedOid>,
  context: PollContext,
): Promise<PollResult> {
  const gets = new Map<string, Samples | SnmpError>();
  const walks = new Map<string, Samples | SnmpError>();
  const get = ({ oid, walk }: WantedOid) => (walk ? walks : gets).get(oid);
  const oids = { get: new Set<string>(), walk: new Set<string>() };
  for (const { oid, walk } of wanted) oids[walk ? "walk" : "get"].add(oid);
  const startedAt = performance.now();
  let responseTimeS: number | undefined;
  const answered = (): void => {
    responseTimeS ??= (performance.now() - startedAt) / 1000;
  };
  try {
    for await (const [oid, sample] of pollGets([...oids.get], context)) {
      answered();
      gets.set(oid, sample);
    }
    for (const oid of oids.walk) {
      walks.set(oid, await walkOrError(oid, context));
      answered();
    }
    return { get, error: undefined, responseTimeS };
  } catch (error) {
    return { get, error, responseTimeS };
  }
}

async function walkOrError(oid: string, context: PollContext): Promise<Samples | SnmpError> {
  try {
    return await pollWalk(oid, context);
  } catch (error) {
    if (isRequestError(error)) return error;
    throw error;
  }
}

/**
 * Polls single OIDs. If the device refuses a packet, its OIDs are sent again in smaller ones.
 *
 * @returns A sample for each OID, or why there is none.
 * @throws {SnmpError} If further requests are pointless.
 */
export async function* pollGets(
  oids: readonly string[],
  context: PollContext,
): AsyncGenerator<[oid: string, sample: Sample | SnmpError]> {
  for (let i = 0; i < oids.length; i += GETS_PER_PACKET) {
    yield* getPacket(oids.slice(i, i + GETS_PER_PACKET), context);
  }
}

async function* getPacket(
  oids: readonly string[],
  context: PollContext,
): AsyncGenerator<[oid: string, sample: Sample | SnmpError]> {
  const { session, signal, now } = context;
  try {
    const varbinds = await session.get(oids, signal);
    const at = now();
    const byOid = new Map(varbinds.map((varbind) => [varbind.oid, varbind]));
    for (const oid of oids) {
      const varbind = byOid.get(oid);
      const value = varbind && parseVarbind(varbind);
      yield [
        oid,
        value?.type === "undecodable" ? undecodableError(oid, value.value) : { at, value },
      ];
    }
  } catch (error) {
    if (!isRequestError(error)) throw error;
    const [first, second] = oids;
    if (first === undefined) return;
    if (second === undefined) {
      yield [first, error.kind === "no such name" ? { at: now(), value: undefined } : error];
      return;
    }
    // SNMPv1 refuses the whole packet if one OID is missing; all versions do if the response would be too big. One
    // that cannot be decoded may have a single bad value.
    const half = Math.ceil(oids.length / 2);
    yield* getPacket(oids.slice(0, half), context);
    yield* getPacket(oids.slice(half), context);
  }
}

function undecodableError(oid: string, bytes: string): SnmpError {
  const shown = bytes === "" ? "no bytes" : `the bytes ${bytes.slice(0, MAX_BYTES_SHOWN)}`;
  return new SnmpError(
    "undecodable",
    `the device sent a value of ${oid} that cannot be decoded (${shown})`,
  );
}

/**
 * Polls everything below an OID.
 *
 * @returns The samples by index, which is what follows `root` in their OIDs, in the order of the device.
 * @throws {SnmpError} If the device does not respond, returns OIDs out of order, or has too many rows.
 */
export async function pollWalk(
  root: string,
  { session, signal, now }: PollContext,
): Promise<ReadonlyMap<string, Sample>> {
  const samples = new Map<string, Sample>();
  let last = root;
  let count = ROWS_PER_PACKET;
  for (;;) {
    let varbinds: readonly snmp.Varbind[];
    try {
      varbinds = await session.next(last, count, signal);
    } catch (error) {
      if (!isRequestError(error)) throw error;
      if (error.kind === "no such name") return samples; // the end, in SNMPv1
      if ((error.kind !== "too big" && error.kind !== "undecodable") || count === 1) throw error;
      count = Math.ceil(count / 4);
      continue;
    }
    const at = now();
    if (varbinds.length === 0) return samples;
    for (const varbind of varbinds) {
      if (snmp.isVarbindError(varbind)) return samples;
      const index = indexBelow(root, varbind.oid);
      if (index === undefined) return samples;
      if (!isAfter(varbind.oid, last)) {
        throw new SnmpError(
          "other",
          `Cannot walk ${root} as the device returns ${varbind.oid} after ${last}, which would never end`,
        );
      }
      if (samples.size >= MAX_ROWS) {
        throw new SnmpError("other", `Cannot walk ${root} as it has more than ${MAX_ROWS} rows`);
      }
      samples.set(index, { at, value: parseVarbind(varbind) });
      last = varbind.oid;
    }
  }
}
