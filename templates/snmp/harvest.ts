import type { Fetched } from "./evaluate.ts";
import { type FetchContext, fetchGets, fetchWalk } from "./poll.ts";
import type { SensorOid } from "./sensor.ts";
import { isAnswer, type SnmpError } from "./snmp_error.ts";

/** What was read. */
export interface Harvest {
  /** What was read for an OID, or why there is nothing; `undefined` where the device fell silent before. */
  readonly of: (wanted: SensorOid) => Fetched | SnmpError | undefined;
  /** Why the reading ended early, if it did. What was read until then is good. */
  readonly failure: unknown;
}

/** Reads OIDs, single ones first. Never throws: see {@linkcode Harvest.failure}. */
export async function harvest(
  wanted: Iterable<SensorOid>,
  context: FetchContext,
): Promise<Harvest> {
  const gets = new Map<string, Fetched | SnmpError>();
  const walks = new Map<string, Fetched | SnmpError>();
  const of = ({ oid, walk }: SensorOid) => (walk ? walks : gets).get(oid);
  const oids = { get: new Set<string>(), walk: new Set<string>() };
  for (const { oid, walk } of wanted) oids[walk ? "walk" : "get"].add(oid);
  try {
    for await (const [oid, value] of fetchGets([...oids.get], context)) gets.set(oid, value);
    for (const oid of oids.walk) walks.set(oid, await walkOrAnswer(oid, context));
    return { of, failure: undefined };
  } catch (failure) {
    return { of, failure };
  }
}

async function walkOrAnswer(oid: string, context: FetchContext): Promise<Fetched | SnmpError> {
  try {
    return await fetchWalk(oid, context);
  } catch (error) {
    if (isAnswer(error)) return error;
    throw error;
  }
}
