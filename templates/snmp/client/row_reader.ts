// @ts-types="@types/net-snmp"
import type snmp from "net-snmp";
import type { PollRun } from "./poll_run.ts";
import { isRequestError, type SnmpError } from "./snmp_error.ts";

// For a device that does not answer the usual number of rows. If it does not answer these, GETNEXT requests one.
const FEWER_ROWS = 10;

/** Requests the rows of a WALK, and fewer at a time from a device that does not answer so many. */
export class RowReader {
  readonly #run: PollRun;
  readonly #isSilent: boolean;
  #usual: number;
  #count: number;

  /**
   * Constructs a new instance.
   *
   * @param isSilent Whether the device did not answer the last time: then it is asked briefly, and for one row first.
   */
  constructor(run: PollRun, isSilent: boolean) {
    const { session, now } = run.context;
    this.#run = run;
    this.#isSilent = isSilent;
    this.#usual = session.hasBulk ? run.memory.rows.at(now()) : 1;
    this.#count = isSilent ? 1 : this.#usual;
  }

  /** Returns the rows after an OID; none at the end. */
  async after(oid: string): Promise<readonly snmp.Varbind[]> {
    const { memory, context: { signal, now } } = this.#run;
    const count = this.#count;
    let isShort = this.#isSilent;
    let failure: SnmpError | undefined;
    for (let fewer = count;; fewer = fewer > FEWER_ROWS ? FEWER_ROWS : 1) {
      try {
        const varbinds = await this.#run.request((session) =>
          session.next(oid, fewer, signal, isShort)
        );
        if (fewer === count) memory.rows.answered(count);
        else {
          memory.rows.failed(count, fewer, now());
          this.#usual = fewer;
        }
        this.#count = this.#usual;
        return varbinds;
      } catch (error) {
        if (!isRequestError(error)) throw error;
        if (error.kind === "no such name") return []; // the end, in SNMPv1
        if (error.kind === "skipped") throw failure ?? error;
        if (fewer === 1 && (error.kind !== "silent" || isShort)) throw error;
        failure = error;
        isShort = true;
      }
    }
  }
}
