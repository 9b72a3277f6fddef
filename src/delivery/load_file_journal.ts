import type { Journal } from "./store/journal.ts";
import type { OpenJournalOptions } from "./store/open_journal.ts";
import type { WaitingValues } from "./store/waiting_values.ts";

/** Opens the journal of waiting values, and restores those that wait in it. */
export type OpenJournal = (waiting: WaitingValues, options: OpenJournalOptions) => Journal;

/** Loads what keeps values in a file, as few bots do. It needs `node:fs` and SQLite. */
export async function loadFileJournal(file: string): Promise<OpenJournal> {
  const { openJournal } = await import("./store/open_journal.ts");
  return (waiting, options) => openJournal(file, waiting, options);
}
