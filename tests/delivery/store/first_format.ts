import { DatabaseSync } from "node:sqlite";

/** Writes an outbox file as version 0.1.0 did. */
export function writeFirstFormat(
  file: string,
  rows: readonly { account: number; p: string; v: number | string; t: number }[],
): void {
  using db = new DatabaseSync(file);
  prepareFirstFormat(db);
  const insert = db.prepare("INSERT INTO waiting (account, p, v, t) VALUES (?, ?, ?, ?)");
  db.exec("BEGIN");
  for (const { account, p, v, t } of rows) insert.run(account, p, JSON.stringify(v), t);
  db.exec("COMMIT");
}

/** Makes the tables of that version. */
export function prepareFirstFormat(db: DatabaseSync): void {
  db.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    CREATE TABLE waiting (
      id INTEGER PRIMARY KEY,
      account INTEGER NOT NULL,
      p TEXT NOT NULL,
      v TEXT NOT NULL, -- as in JSON, so that a number and the text of a number stay what they are
      t INTEGER NOT NULL -- microseconds since 1970
    );
    CREATE INDEX waiting_account ON waiting (account);
    PRAGMA application_id = ${0x47636f6c};
    PRAGMA user_version = 1;
  `);
}
