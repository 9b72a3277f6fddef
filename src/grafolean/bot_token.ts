/** Whether there is something in a text that has the form of the tokens that Grafolean makes: a UUID. */
export function holdsToken(text: string): boolean {
  return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.test(text);
}

/** Says what is wrong with a token, or `undefined` when it can be used. White space around it does no harm. */
export function botTokenProblem(botToken: string): string | undefined {
  const token = botToken.trim();
  if (token === "") return "it is empty: copy it from the bot's page in Grafolean";
  // White space, control characters, and the invisible characters that come along when a page is copied.
  if (/[^\x21-\x7e]/.test(token)) {
    return "there is white space or an odd character inside it: copy it from the bot's page in Grafolean";
  }
  return undefined;
}

/**
 * Brings a token into the form in which it is sent: without the white space that files and copying leave around it,
 * which Grafolean would answer with an error that tells nothing.
 *
 * @throws {TypeError} If nothing is left, or something is inside that no token has.
 */
export function normalizeBotToken(botToken: string): string {
  const problem = botTokenProblem(botToken);
  if (problem !== undefined) throw new TypeError(`Cannot use the bot token as ${problem}`);
  return botToken.trim();
}

/**
 * Holds the token of a bot, and every token it had before, so that none of them is ever shown.
 */
export class BotToken {
  #current: string;
  readonly #all: Set<string>;
  readonly #reread: (() => Promise<string>) | undefined;

  /**
   * Makes a holder of a token.
   *
   * @param botToken The token; white space around it is taken off.
   * @param reread Reads the token again from where it came from, if that can be done.
   */
  constructor(botToken: string, reread?: () => Promise<string>) {
    this.#current = normalizeBotToken(botToken);
    this.#all = new Set([this.#current]);
    this.#reread = reread;
  }

  /** The token to send now. */
  get value(): string {
    return this.#current;
  }

  /** Every token there was: none of them may be shown. */
  get secrets(): readonly string[] {
    return [...this.#all];
  }

  /**
   * Reads the token again, after the backend has refused it.
   *
   * @returns Whether there is a new one.
   */
  async reread(): Promise<boolean> {
    if (this.#reread === undefined) return false;
    const before = this.#current;
    try {
      this.#current = normalizeBotToken(await this.#reread());
    } catch {
      return false; // The file is away or empty for the moment: the old token is still the best there is.
    }
    this.#all.add(this.#current);
    return this.#current !== before;
  }

  /** Shows nothing of the token. */
  toJSON(): string {
    return "***";
  }
}
