import { ConfigError } from "../util/errors.ts";
import type { Prompt } from "../util/prompt.ts";
import type { SetupField } from "./definition.ts";

/** What a setup gets from the user: at a terminal, or as lines of standard input. */
export class Questions {
  readonly #prompt: Prompt | undefined;
  readonly #readLine: () => Promise<string | undefined>;
  /** All secrets that the user has entered. */
  readonly secrets: Set<string> = new Set();

  /**
   * Constructs a new instance.
   *
   * @param prompt Asks the user; `undefined` to ask nothing.
   * @param readLine Reads the next secret from standard input if there is no prompt.
   */
  constructor(prompt: Prompt | undefined, readLine: () => Promise<string | undefined>) {
    this.#prompt = prompt;
    this.#readLine = readLine;
  }

  /** Whether there is somebody to ask. */
  get canAsk(): boolean {
    return this.#prompt !== undefined;
  }

  /**
   * Asks for a text until `problemOf` finds nothing wrong with it.
   *
   * @param option The option to use where nothing can be asked.
   * @throws {ConfigError} If nothing can be asked and there is no default.
   */
  text(
    question: string,
    { option, defaultValue, problemOf }: {
      readonly option: string;
      readonly defaultValue?: string | undefined;
      readonly problemOf?: (answer: string) => string | undefined;
    },
  ): string {
    if (this.#prompt === undefined) {
      if (defaultValue !== undefined) return defaultValue;
      throw new ConfigError([`${option} is missing: ${question}`]);
    }
    for (;;) {
      const answer = this.#prompt.ask(question, defaultValue ?? "");
      const problem = answer === "" && defaultValue === undefined
        ? "Please enter something"
        : problemOf?.(answer);
      if (problem === undefined) return answer;
      this.#prompt.print(problem);
    }
  }

  /**
   * Asks for a secret, or takes the next line of standard input.
   *
   * @returns `undefined` if there is no further line.
   */
  async secret(question: string): Promise<string | undefined> {
    const secret = this.#prompt === undefined
      ? await this.#readLine()
      : await this.#prompt.askSecret(`${question}:`);
    if (secret) this.secrets.add(secret);
    return secret;
  }

  /** Shows a line to whoever is asked. */
  tell(line: string): void {
    this.#prompt?.print(line);
  }

  /** Asks for a yes; nobody to ask is a no. */
  confirm(question: string): boolean {
    return this.canAsk &&
      /^y/i.test(this.text(`${question} (y/n)`, { option: "", defaultValue: "n" }));
  }

  /** Asks for one of several things at a terminal, and returns its index. */
  choose(question: string, choices: readonly string[], defaultIndex?: number): number {
    choices.forEach((choice, index) => this.tell(`  ${index + 1}: ${choice}`));
    const answer = this.text(question, {
      option: "",
      defaultValue: defaultIndex === undefined ? undefined : `${defaultIndex + 1}`,
      problemOf: (text) =>
        /^\d+$/.test(text) && choices[Number(text) - 1] !== undefined
          ? undefined
          : `Please enter a number from 1 to ${choices.length}`,
    });
    return Number(answer) - 1;
  }

  /**
   * Asks for fields.
   *
   * @param given What the command line says about them.
   * @throws {ConfigError} If nothing can be asked and a field without a default is missing.
   */
  async fields(
    fields: readonly SetupField[],
    given: ReadonlyMap<string, string>,
  ): Promise<Record<string, string>> {
    const details: Record<string, string> = {};
    for (const field of fields) details[field.name] = await this.#field(field, given);
    return details;
  }

  async #field(
    { name, question, default: defaultValue, secret }: SetupField,
    given: ReadonlyMap<string, string>,
  ): Promise<string> {
    if (!secret) {
      return given.get(name) ??
        this.text(question, { option: `--detail ${name}=VALUE`, defaultValue });
    }
    for (;;) {
      const hint = defaultValue ? ` [${defaultValue}]` : "";
      const answer = await this.secret(`${question}${hint}`) || defaultValue;
      if (answer !== undefined) return answer;
      if (this.#prompt === undefined) {
        throw new ConfigError([
          `Standard input has no line for "${name}": the lines after the password are the secret fields of the credential`,
        ]);
      }
      this.#prompt.print("Please enter something");
    }
  }
}
