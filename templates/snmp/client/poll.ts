// @ts-types="@types/net-snmp"
import snmp from "net-snmp";
import type { SnmpRequest } from "./connection.ts";
import { indexBelow, SYS_UP_TIME } from "./oid.ts";
import type { Session } from "./session.ts";
import { isRequestError, SnmpError } from "./snmp_error.ts";
import { parseVarbind, type SnmpValue } from "./varbind.ts";

/** What a poll needs. */
export interface PollContext {
  /** The session with the device. */
  readonly session: Pick<Session, "contact" | "request" | "memory" | "maxSilenceMs">;
  /** Aborts the poll. */
  readonly signal: AbortSignal;
  /** Returns the current time in seconds since 1970. */
  readonly now: () => number;
  /** How long a WALK may go on after the start of the poll, in seconds. @default Infinity */
  readonly maxWalkS?: number | undefined;
}

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

// For a device that does not answer the usual number of rows. If it does not answer these, GETNEXT requests one.
const FEWER_ROWS = 10;

// More than the largest routing table worth a chart: stops a device that makes up rows.
const MAX_ROWS = 100_000;

// Enough to recognize a value.
const MAX_BYTES_SHOWN = 60;

/** Identifies what to poll. */
function keyOf({ oid, walk }: WantedOid): string {
  return `${walk ? "walk" : "get"} ${oid}`;
}

/**
 * Polls OIDs: first all GETs, then each WALK, and at the end what the device did not answer the last time. Never throws,
 * see {@linkcode PollResult.error}.
 */
export async function poll(
  wanted: Iterable<WantedOid>,
  context: PollContext,
): Promise<PollResult> {
  const { session: { memory }, signal, now } = context;
  const run = new PollRun(context);
  const items = new Map([...wanted].map((item) => [keyOf(item), item]));
  const silent = memory.silent.flatMap((key) => items.get(key) ?? []);
  for (const item of silent) items.delete(keyOf(item));
  const gets = [...items.values()].filter(({ walk }) => !walk).map(({ oid }) => oid);
  const walks = [...items.values()].filter(({ walk }) => walk);
  let error: unknown;
  try {
    await context.session.contact(signal, firstRequest(gets, walks));
    const packets: (readonly string[])[] = [];
    while (gets.length > 0) {
      const packet = gets.splice(0, memory.gets.at(now()));
      // After one that was not answered, the others may have the same fault: they wait only briefly.
      if (!await run.get(packet, packets.length > 0)) packets.push(packet);
    }
    for (const { oid } of walks) await run.walk(oid);
    for (const packet of packets) await run.getEach(packet);
    for (const { oid, walk } of silent) await (walk ? run.walk(oid) : run.getEach([oid]));
  } catch (reason) {
    error = reason;
  }
  const { samples, responseTimeS } = run;
  return { get: (item) => samples.get(keyOf(item)), error, responseTimeS };
}

/** Returns one of the requests of a poll, other than that for `sysUpTime`. */
function firstRequest(
  gets: readonly string[],
  walks: readonly WantedOid[],
): SnmpRequest | undefined {
  const oid = gets.find((oid) => oid !== SYS_UP_TIME);
  if (oid !== undefined) return { get: [oid] };
  const [walk] = walks;
  return walk && { after: walk.oid, count: 1 };
}

/** A run of a poll: collects samples, and limits how long it waits for what the device does not answer. */
class PollRun {
  /** The samples so far, by what {@linkcode keyOf} returns. */
  readonly samples = new Map<string, Samples | SnmpError>();
  readonly #context: PollContext;
  readonly #startedAt = performance.now();
  #silenceLeftMs: number;
  #responseTimeS: number | undefined;

  /** Constructs a new instance. */
  constructor(context: PollContext) {
    this.#context = context;
    this.#silenceLeftMs = context.session.maxSilenceMs;
  }

  /** How long the first answer took, in seconds; `undefined` if there was none. */
  get responseTimeS(): number | undefined {
    return this.#responseTimeS;
  }

  /**
   * Polls OIDs with one GET, or with smaller ones if the device answers it with an error.
   *
   * @param isShort Waits only briefly: for what the device may never answer.
   * @returns Whether there is a result for each; not if the device did not answer several OIDs at once.
   */
  async get(oids: readonly string[], isShort = false): Promise<boolean> {
    const { session: { memory }, now } = this.#context;
    const keys = oids.map((oid) => keyOf({ oid, walk: false }));
    const setAll = (sampleOf: (oid: string) => Sample | SnmpError): void => {
      for (const oid of oids) this.samples.set(keyOf({ oid, walk: false }), sampleOf(oid));
    };
    try {
      const varbinds = await this.#request({ get: oids }, isShort);
      const at = now();
      const byOid = new Map(varbinds.map((varbind) => [varbind.oid, varbind]));
      setAll((oid) => toSample(oid, byOid.get(oid), at));
      memory.setSilent(keys, false);
      memory.gets.answered(oids.length);
    } catch (error) {
      if (!isRequestError(error)) throw error;
      const { kind } = error;
      if (kind !== "skipped") memory.setSilent(keys, kind === "silent");
      if (oids.length > 1 && kind === "silent") return false;
      if (oids.length > 1 && kind !== "skipped") {
        // SNMPv1 refuses the whole packet if one OID is missing; all versions do if the response would be too big. One
        // that cannot be decoded may have a single bad value.
        const half = Math.ceil(oids.length / 2);
        const parts = [oids.slice(0, half), oids.slice(half)];
        for (const part of parts) if (!await this.get(part)) await this.getEach(part);
        return true;
      }
      setAll(() => kind === "no such name" ? { at: now(), value: undefined } : error);
    }
    return true;
  }

  /**
   * Polls OIDs one by one that the device did not answer at once: either it never answers one of them, or not so many.
   * Those that it answers take no time.
   */
  async getEach(oids: readonly string[]): Promise<void> {
    const { session: { memory }, now } = this.#context;
    for (const oid of oids) await this.get([oid], true);
    if (oids.length < 2 || oids.some((oid) => memory.isSilent(keyOf({ oid, walk: false })))) return;
    memory.gets.failed(oids.length, 1, now());
  }

  /** Polls everything below an OID. Half a table would look like missing rows, so there is all of it or an error. */
  async walk(root: string): Promise<void> {
    const { memory } = this.#context.session;
    const key = keyOf({ oid: root, walk: true });
    try {
      this.samples.set(key, await this.#readTable(root, memory.isSilent(key)));
      memory.setSilent([key], false);
    } catch (error) {
      if (!isRequestError(error)) throw error;
      this.samples.set(key, error);
      if (error.kind !== "skipped") memory.setSilent([key], error.kind === "silent");
    }
  }

  async #readTable(root: string, isShort: boolean): Promise<ReadonlyMap<string, Sample>> {
    const { session: { memory }, now } = this.#context;
    const samples = new Map<string, Sample>();
    let usual = memory.rows.at(now());
    let count = isShort ? 1 : usual;
    let last = root;
    for (;;) {
      const { varbinds, answered } = await this.#rowsAfter(last, count, isShort);
      if (answered < count) usual = answered;
      count = usual;
      const at = now();
      const known = samples.size;
      for (const varbind of varbinds) {
        const index = snmp.isVarbindError(varbind) ? undefined : indexBelow(root, varbind.oid);
        if (index === undefined) return samples;
        samples.set(index, { at, value: parseVarbind(varbind) });
      }
      const next = varbinds.at(-1)?.oid;
      if (next === undefined) return samples;
      const seconds = (performance.now() - this.#startedAt) / 1000;
      if (seconds > (this.#context.maxWalkS ?? Infinity)) {
        // The next run asks for it last, so that it costs no other value again.
        throw new SnmpError(
          "silent",
          `the device did not answer the whole WALK of ${root} in time, only ${samples.size} rows`,
        );
      }
      // Some devices do not sort their rows, or repeat one.
      if (samples.size === known) {
        throw new SnmpError(
          "other",
          `Cannot walk ${root} as the device goes in circles after ${samples.size} rows`,
        );
      }
      if (samples.size > MAX_ROWS) {
        throw new SnmpError("other", `Cannot walk ${root} as it has more than ${MAX_ROWS} rows`);
      }
      last = next;
    }
  }

  /** Requests rows, and fewer if the device does not answer so many. There are none at the end. */
  async #rowsAfter(
    oid: string,
    count: number,
    isShort: boolean,
  ): Promise<{ varbinds: readonly snmp.Varbind[]; answered: number }> {
    const { session: { memory }, now } = this.#context;
    try {
      const varbinds = await this.#request({ after: oid, count }, isShort);
      // At the end there is a row of another table, or the mark of the end.
      if (varbinds.length === 0 && count > 1) throw new SnmpError("other", "an empty response");
      memory.rows.answered(count);
      return { varbinds, answered: count };
    } catch (error) {
      if (!isRequestError(error)) throw error;
      if (error.kind === "no such name") return { varbinds: [], answered: count }; // the end, in SNMPv1
      if (error.kind === "skipped" || count === 1) throw error;
      const fewer = count > FEWER_ROWS ? FEWER_ROWS : 1;
      const rows = await this.#rowsAfter(oid, fewer, true).catch((reason) => {
        throw reason instanceof SnmpError && reason.kind === "skipped" ? error : reason;
      });
      memory.rows.failed(count, rows.answered, now());
      return rows;
    }
  }

  /** Sends a request; throws an error of the kind `"skipped"` if the run has waited too long for answers. */
  async #request(request: SnmpRequest, isShort: boolean): Promise<readonly snmp.Varbind[]> {
    if (this.#silenceLeftMs <= 0) {
      throw new SnmpError(
        "skipped",
        "there was no time left in this run, as the device does not answer other OIDs",
      );
    }
    const { session, signal } = this.#context;
    const startedAt = performance.now();
    let isAnswered = true;
    try {
      return await session.request(request, signal, isShort);
    } catch (error) {
      isAnswered = isRequestError(error) && error.kind !== "silent";
      throw error;
    } finally {
      const ms = performance.now() - startedAt;
      if (isAnswered) this.#responseTimeS ??= ms / 1000;
      else this.#silenceLeftMs -= ms;
    }
  }
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
