import { CancelledError } from "../util/prompt.ts";
import { GrafoleanError } from "../util/errors.ts";

/** The id that stands for what a dry run would create. */
export const PLANNED = 0;

/** Prints one line for each thing that a setup finds, creates or changes. In a dry run nothing is created or changed. */
export class Report {
  readonly #print: (line: string) => void;
  /** Whether nothing is created or changed. */
  readonly isDryRun: boolean;
  #changes = 0;
  /** What Grafolean was asked to store, and may have stored or not. */
  #doubtful: string | undefined;

  /** Constructs a new instance. */
  constructor(print: (line: string) => void, isDryRun: boolean) {
    this.#print = print;
    this.isDryRun = isDryRun;
  }

  /** How many things were created or changed, or would be. */
  get changes(): number {
    return this.#changes;
  }

  /** What a setup leaves behind that ends before it is done. */
  get remains(): string {
    if (this.#doubtful !== undefined) {
      return `It is not known whether Grafolean has stored this: ${this.#doubtful}. Run the setup again: it goes on with ` +
        "what is missing";
    }
    return this.#changes === 0
      ? "Nothing was created"
      : "What was created stays: run the setup again to go on from there";
  }

  /** Reports a thing that exists. */
  exists(what: string): void {
    this.#line("exists", what);
  }

  /** Creates a thing and returns its id. */
  async create(what: string, create: () => Promise<number>): Promise<number> {
    return await this.#write("create", what, create) ?? PLANNED;
  }

  /** Changes a thing that exists. */
  async change(what: string, change: () => Promise<void>): Promise<void> {
    await this.#write("change", what, change);
  }

  /** Reports what the user should know about the things above. */
  note(text: string): void {
    this.#line("note", text);
  }

  async #write<T>(
    verb: "create" | "change",
    what: string,
    write: () => Promise<T>,
  ): Promise<T | undefined> {
    let result: T | undefined;
    if (!this.isDryRun) {
      try {
        result = await write();
      } catch (error) {
        if (isOutcomeUnknown(error)) this.#doubtful = what;
        throw error;
      }
    }
    this.#changes++;
    this.#line(this.isDryRun ? `would ${verb}` : `${verb}d`, what);
    return result;
  }

  #line(word: string, what: string): void {
    this.#print(`${word.padEnd(this.isDryRun ? 12 : 8)} ${what}`);
  }
}

/** Whether a request may have been processed: it was not answered, or not by a refusal. */
function isOutcomeUnknown(error: unknown): boolean {
  if (error instanceof CancelledError) return true;
  if (!(error instanceof GrafoleanError)) return false;
  const { status = 500, body = "" } = error;
  return status >= 500 && !body.includes("Could not validate access");
}
