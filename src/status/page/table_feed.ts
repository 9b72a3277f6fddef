import type { Inspection } from "../../collector/inspection.ts";
import type { Problem } from "../../util/problem.ts";
import { inTurns, isTurnOver, nextTurn } from "../../util/turns.ts";
import type { JobTable } from "./job_table.ts";
import { lineOf, stateOf } from "./job_line.ts";
import { isSameRow, listRows } from "./list_rows.ts";
import { problemsOfJobs } from "./problem_lines.ts";
import type { JobLine, Row, RowsEvent } from "./wire.ts";

interface TableFeedOptions {
  /** The collector. */
  readonly inspection: Inspection;
  /** What the jobs did. */
  readonly table: JobTable;
  /** Hides the bot token in a text. */
  readonly redact: (text: string) => string;
}

/** What is shown of a job, the version of the table that it came with, and what it was made of. */
interface KnownLine {
  readonly line: JobLine;
  readonly version: number;
  readonly historyVersion: number;
  readonly nextRun: number | undefined;
  readonly problem: string | undefined;
  /** Since when the job has been seen to wait for its turn, in UNIX seconds. */
  waitingSince: number | undefined;
}

// Less is the usual wait of a busy bot.
const LATE_S = 1;

// Some 50 kB.
const CHUNK = 200;
// More are removed at once only if nearly everything is.
const MAX_REMOVED = 20_000;

/**
 * The table as it was when it was last updated, and which of it changed with which update. So each viewer gets what has
 * changed since it last asked, however long ago that was, and nothing is kept for those who are slow.
 */
export class TableFeed {
  readonly #options: TableFeedOptions;
  readonly #rows = new Map<string, { readonly row: Row; readonly version: number }>();
  readonly #lines = new Map<string, KnownLine>();
  /** The versions in which rows were removed, by key, the oldest first. */
  readonly #removed = new Map<string, number>();
  /** The last version whose removed rows are no longer known. */
  #forgotten = 0;
  /** The worst problem of each job, by its redacted id. */
  #problems: ReadonlyMap<string, Problem> = new Map();
  #version = 0;
  #isStale = true;

  /** Constructs a new instance without rows. */
  constructor(options: TableFeedOptions) {
    this.#options = options;
  }

  /** Counts the updates. */
  get version(): number {
    return this.#version;
  }

  /** Returns the worst problem of a job, as of the last update. */
  problemOf(jobId: string): Problem | undefined {
    return this.#problems.get(jobId);
  }

  /** To be called when the jobs were refreshed: the rows may have changed. */
  onRefresh(): void {
    this.#isStale = true;
  }

  /** Looks at all jobs, in turns. One call at a time. */
  async update(): Promise<void> {
    const version = this.#version + 1;
    if (this.#isStale) {
      this.#isStale = false;
      await this.#updateRows(version);
    }
    await this.#updateLines(version);
    this.#version = version;
  }

  /**
   * Returns what has changed after a version, in chunks; after 0, everything.
   *
   * @throws {Error} If that is not known any more.
   */
  async *since(version: number): AsyncGenerator<RowsEvent> {
    if (version > 0 && version < this.#forgotten) throw new Error("The viewer is too far behind");
    let chunk = newChunk();
    if (version > 0) {
      for (const [key, removedIn] of this.#removed) {
        if (removedIn > version) chunk.removed.push(key);
      }
    }
    for (const { row, version: changedIn } of this.#rows.values()) {
      while (isTurnOver()) await nextTurn();
      if (changedIn <= version) continue;
      chunk.rows.push(row);
      // A line that is new comes with its row, so that this is never empty.
      const known = row.job === undefined ? undefined : this.#lines.get(row.job);
      if (known !== undefined) chunk.jobs.push(known.line);
      if (chunk.rows.length < CHUNK) continue;
      yield chunk;
      chunk = newChunk();
    }
    if (version > 0) {
      for (const { line, version: changedIn } of this.#lines.values()) {
        while (isTurnOver()) await nextTurn();
        if (changedIn <= version) continue;
        chunk.jobs.push(line);
        if (chunk.jobs.length < CHUNK) continue;
        yield chunk;
        chunk = newChunk();
      }
    }
    if (chunk.rows.length + chunk.jobs.length + chunk.removed.length > 0) yield chunk;
  }

  /** Forgets everything, as when nobody looks any more. */
  clear(): void {
    this.#rows.clear();
    this.#lines.clear();
    this.#removed.clear();
    this.#isStale = true;
  }

  async #updateRows(version: number): Promise<void> {
    const { inspection, redact } = this.#options;
    const { rows, jobs } = await listRows(inspection, redact);
    await inTurns(rows, ([key, row]) => {
      if (isSameRow(row, this.#rows.get(key)?.row)) return;
      this.#rows.set(key, { row, version });
      this.#removed.delete(key);
    });
    await inTurns(this.#rows.keys(), (key) => {
      if (rows.has(key)) return;
      this.#rows.delete(key);
      this.#removed.set(key, version);
    });
    await inTurns(this.#lines.keys(), (jobId) => {
      if (!jobs.has(jobId)) this.#lines.delete(jobId);
    });
    for (const [key, removedIn] of this.#removed) {
      if (this.#removed.size <= MAX_REMOVED) break;
      this.#removed.delete(key);
      this.#forgotten = removedIn;
    }
  }

  async #updateLines(version: number): Promise<void> {
    const { inspection, table, redact } = this.#options;
    this.#problems = await problemsOfJobs(inspection.problems());
    await inTurns(inspection.jobs(), (job) => {
      const { jobId, nextRun } = job;
      const history = table.get(jobId);
      const now = Date.now() / 1000;
      const historyVersion = history?.version ?? 0;
      const id = redact(jobId);
      const known = this.#lines.get(id);
      const waitingSince = job.state === "waiting" ? known?.waitingSince ?? now : undefined;
      if (known !== undefined) known.waitingSince = waitingSince;
      const isLate = waitingSince !== undefined && now - waitingSince >= LATE_S;
      const problem = this.#problems.get(id);
      const current = { job, history, problem, isLate };
      if (
        known !== undefined && known.line.state === stateOf(current) && known.nextRun === nextRun &&
        known.historyVersion === historyVersion && known.problem === problem?.message
      ) return;
      this.#lines.set(id, {
        line: lineOf(current, redact),
        version,
        historyVersion,
        nextRun,
        problem: problem?.message,
        waitingSince,
      });
    });
  }
}

function newChunk(): { rows: Row[]; jobs: JobLine[]; removed: string[] } {
  return { rows: [], jobs: [], removed: [] };
}
