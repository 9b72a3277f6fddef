import type { DatabaseSync } from "node:sqlite";
import { decodeRow, type StoredRow } from "./stored_row.ts";

/** What is in an outbox file. */
export interface FileContents {
  /** Its rows, in the order of their ids. */
  readonly rows: readonly StoredRow[];
  /** How many others make no sense. */
  readonly unreadable: number;
  /** Which outbox has written it. */
  readonly instance: string;
}

/** The id of the row that says which outbox has written the file. */
export const INSTANCE_ROW = 0;

const QUERIES = {
  // A row was a value.
  1: `SELECT id, json_array(
        account, t, CAST(p AS TEXT), CASE WHEN typeof(v) = 'text' AND json_valid(v) THEN json(v) END, 0
      ) AS data FROM waiting ORDER BY id`,
  2: "SELECT id, data FROM waiting ORDER BY id",
} as const;

/**
 * Checks and reads an outbox file.
 *
 * @param format `undefined` if the file is new.
 * @param fileId Stands for the outbox where the file does not say which one has written it, as in format 1.
 * @throws {Error} If it is damaged, or cannot be read for another reason.
 */
export function readRows(
  db: DatabaseSync,
  format: keyof typeof QUERIES | undefined,
  fileId: string,
): FileContents {
  const rows: StoredRow[] = [];
  let unreadable = 0;
  let instance = fileId;
  if (format === undefined) return { rows, unreadable, instance };
  const [result] = Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {});
  if (result !== "ok") throw new Error(`malformed: ${String(result).split("\n").at(-1)}`);
  const query = db.prepare(QUERIES[format]);
  // Deno would end without an error at a number that JavaScript cannot represent.
  query.setReadBigInts(true);
  for (const { id, data } of query.iterate()) {
    const row = decodeRow(Number(id), data);
    if (Number(id) === INSTANCE_ROW) instance = String(data);
    else if (row === undefined) unreadable++;
    else rows.push(row);
  }
  return { rows, unreadable, instance };
}
