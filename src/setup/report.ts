import { PLANNED } from "./records.ts";

/** Prints one line for each thing that a setup finds, creates or changes. In a dry run nothing is created or changed. */
export class Report {
  readonly #print: (line: string) => void;
  readonly #dryRun: boolean;
  #changes = 0;

  /** Constructs a new instance. */
  constructor(print: (line: string) => void, dryRun: boolean) {
    this.#print = print;
    this.#dryRun = dryRun;
  }

  /** Whether nothing is created or changed. */
  get isDryRun(): boolean {
    return this.#dryRun;
  }

  /** How many things were created or changed, or would be. */
  get changes(): number {
    return this.#changes;
  }

  /** Reports a thing that exists. */
  exists(what: string): void {
    this.#line(this.#dryRun ? "exists      " : "exists  ", what);
  }

  /** Creates a thing and returns its id. */
  async create(what: string, create: () => Promise<number>): Promise<number> {
    const id = this.#dryRun ? PLANNED : await create();
    this.#changes++;
    this.#line(this.#dryRun ? "would create" : "created ", what);
    return id;
  }

  /** Changes a thing that exists. */
  async change(what: string, change: () => Promise<unknown>): Promise<void> {
    if (!this.#dryRun) await change();
    this.#changes++;
    this.#line(this.#dryRun ? "would change" : "changed ", what);
  }

  /** Reports what the user should know about the thing above. */
  note(text: string): void {
    this.#line(this.#dryRun ? "note        " : "note    ", text);
  }

  #line(word: string, what: string): void {
    this.#print(`${word} ${what}`);
  }
}
