// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import { indexBelow } from "./oid.ts";
import { type PollContext, PollRun } from "./poll_run.ts";
import { RowReader } from "./row_reader.ts";
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

/** The result of a poll. */
export interface PollResult {
  /** Returns the samples for an OID, or why there are none; `undefined` if the poll ended before it. */
  readonly get: (wanted: WantedOid) => Samples | SnmpError | undefined;
  /** Why the poll ended early, if it did. Samples from before that are good. */
  readonly error: unknown;
  /** How long the first answer took, in seconds; `undefined` if the device did not answer. */
  readonly responseTimeS: number | undefined;
}

type PolledSamples = Map<string, Samples | SnmpError>;

// More than the largest routing table worth a chart: stops a device that makes up rows.
const MAX_ROWS = 100_000;

// Enough to recognize a value.
const MAX_BYTES_SHOWN = 60;

/**
 * Polls OIDs: first all GETs, then each WALK, and at the end what the device did not answer the last time. Never throws,
 * see {@linkcode PollResult.error}.
 */
export async function poll(
  wanted: Iterable<WantedOid>,
  context: PollContext,
): Promise<PollResult> {
  const run = new PollRun(context);
  const items = new Map([...wanted].map((item) => [keyOf(item), item]));
  const silent = run.memory.silent.flatMap((key) => items.get(key) ?? []);
  for (const item of silent) items.delete(keyOf(item));
  const gets = [...items.values()].filter(({ walk }) => !walk).map(({ oid }) => oid);
  const walks = [...items.values()].filter(({ walk }) => walk);

  const samples: PolledSamples = new Map();
  let error: unknown;
  try {
    const suspects: (readonly string[])[] = [];
    while (gets.length > 0) {
      const packet = gets.splice(0, run.memory.gets.at(context.now()));
      suspects.push(await pollGets(packet, run, samples));
    }
    for (const { oid } of walks) {
      samples.set(keyOf({ oid, walk: true }), await walkOrError(oid, run));
    }
    for (const oids of suspects) await pollAlone(oids, run, samples);
    for (const item of silent) {
      if (item.walk) samples.set(keyOf(item), await walkOrError(item.oid, run));
      else await pollGets([item.oid], run, samples, true);
    }
  } catch (reason) {
    error = reason;
  }
  return { get: (item) => samples.get(keyOf(item)), error, responseTimeS: run.responseTimeS };
}

function keyOf({ oid, walk }: WantedOid): string {
  return `${walk ? "walk" : "get"} ${oid}`;
}

/**
 * Polls OIDs with one GET, or with smaller ones if the device answers it with an error.
 *
 * @returns The OIDs whose GET the device did not answer, unless they are polled with short tries.
 */
async function pollGets(
  oids: readonly string[],
  run: PollRun,
  samples: PolledSamples,
  isShort = false,
): Promise<readonly string[]> {
  const { memory, context: { signal, now } } = run;
  const keys = oids.map((oid) => keyOf({ oid, walk: false }));
  const setAll = (sampleOf: (oid: string) => Sample | SnmpError): void => {
    for (const oid of oids) samples.set(keyOf({ oid, walk: false }), sampleOf(oid));
  };
  try {
    const varbinds = await run.request((session) => session.get(oids, signal, isShort));
    const at = now();
    const byOid = new Map(varbinds.map((varbind) => [varbind.oid, varbind]));
    setAll((oid) => toSample(oid, byOid.get(oid), at));
    memory.gets.answered(oids.length);
    memory.setSilent(keys, false);
  } catch (error) {
    if (!isRequestError(error)) throw error;
    if (error.kind !== "skipped") memory.setSilent(keys, error.kind === "silent");
    if (error.kind === "silent" && !isShort) return oids;
    if (oids.length > 1) {
      // SNMPv1 refuses the whole packet if one OID is missing; all versions do if the response would be too big. One
      // that cannot be decoded may have a single bad value.
      const half = Math.ceil(oids.length / 2);
      const suspects = await pollGets(oids.slice(0, half), run, samples);
      return [...suspects, ...await pollGets(oids.slice(half), run, samples)];
    }
    setAll(() => error.kind === "no such name" ? { at: now(), value: undefined } : error);
  }
  return [];
}

/**
 * Polls OIDs of which the device did not answer a GET one by one: either it never answers one of them, or not so many.
 * Those that it answers take no time.
 */
async function pollAlone(
  oids: readonly string[],
  run: PollRun,
  samples: PolledSamples,
): Promise<void> {
  const { memory, context: { now } } = run;
  for (const oid of oids) await pollGets([oid], run, samples, true);
  if (oids.length < 2 || oids.some((oid) => memory.isSilent(keyOf({ oid, walk: false })))) return;
  memory.gets.failed(oids.length, Math.ceil(oids.length / 2), now());
}

function toSample(oid: string, varbind: snmp.Varbind | undefined, at: number): Sample | SnmpError {
  const value = varbind && parseVarbind(varbind);
  if (value?.type !== "undecodable") return { at, value };
  const bytes = value.value === ""
    ? "no bytes"
    : `the bytes ${value.value.slice(0, MAX_BYTES_SHOWN)}`;
  return new SnmpError(
    "undecodable",
    `the device sent a value of ${oid} that cannot be decoded (${bytes})`,
  );
}

/**
 * Polls everything below an OID.
 *
 * @returns The samples by index, which is what follows `root` in their OIDs, in the order of the device.
 * @throws {SnmpError} If the device does not answer all of it, goes in circles, or has too many rows.
 */
export function pollWalk(
  root: string,
  context: PollContext,
): Promise<ReadonlyMap<string, Sample>> {
  return walk(root, new PollRun(context));
}

async function walkOrError(root: string, run: PollRun): Promise<Samples | SnmpError> {
  try {
    return await walk(root, run);
  } catch (error) {
    if (isRequestError(error)) return error;
    throw error;
  }
}

async function walk(root: string, run: PollRun): Promise<ReadonlyMap<string, Sample>> {
  const { memory, context: { now } } = run;
  const key = keyOf({ oid: root, walk: true });
  const rows = new RowReader(run, memory.isSilent(key));
  try {
    const samples = await readTable(root, rows, now);
    memory.setSilent([key], false);
    return samples;
  } catch (error) {
    if (isRequestError(error) && error.kind !== "skipped") {
      memory.setSilent([key], error.kind === "silent");
    }
    throw error;
  }
}

async function readTable(
  root: string,
  rows: RowReader,
  now: () => number,
): Promise<ReadonlyMap<string, Sample>> {
  const samples = new Map<string, Sample>();
  let last = root;
  for (;;) {
    const varbinds = await rows.after(last);
    const at = now();
    const known = samples.size;
    for (const varbind of varbinds) {
      const index = snmp.isVarbindError(varbind) ? undefined : indexBelow(root, varbind.oid);
      if (index === undefined) return samples;
      samples.set(index, { at, value: parseVarbind(varbind) });
    }
    const next = varbinds.at(-1)?.oid;
    if (next === undefined) return samples;
    // Some devices do not sort their rows, or repeat one.
    if (samples.size === known) {
      throw new SnmpError(
        "other",
        `Cannot walk ${root} as the device returns ${next} after ${last}, which would never end`,
      );
    }
    if (samples.size > MAX_ROWS) {
      throw new SnmpError("other", `Cannot walk ${root} as it has more than ${MAX_ROWS} rows`);
    }
    last = next;
  }
}
