/** Whether a text contains something that looks like a token of Grafolean, which is a UUID. */
export function holdsToken(text: string): boolean {
  return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.test(text);
}

/** Returns what is wrong with a token, or `undefined` if it is valid. White space around it is ignored. */
export function botTokenProblem(botToken: string): string | undefined {
  const token = botToken.trim();
  if (token === "") return "it is empty: copy it from the list of bots in Grafolean";
  // White space, control characters, and invisible characters from copying a web page.
  if (/[^\x21-\x7e]/.test(token)) {
    return "it contains white space or an odd character: copy it from the list of bots in Grafolean";
  }
  return undefined;
}

/**
 * Removes the white space that files and copying leave around a token, which Grafolean would refuse without a useful
 * error.
 *
 * @throws {TypeError} If the token is empty or contains characters that no token has.
 */
export function normalizeBotToken(botToken: string): string {
  const problem = botTokenProblem(botToken);
  if (problem !== undefined) throw new TypeError(`Cannot use the bot token as ${problem}`);
  return botToken.trim();
}

/** The token of a bot, along with its previous tokens, so that all of them can be redacted. */
export class BotToken {
  #current: string;
  readonly #all: Set<string>;
  readonly #reread: (() => Promise<string>) | undefined;

  /**
   * Constructs a new instance.
   *
   * @param botToken The token; white space around it is removed.
   * @param reread Reads the token from its source again, if it has one.
   */
  constructor(botToken: string, reread?: () => Promise<string>) {
    this.#current = normalizeBotToken(botToken);
    this.#all = new Set([this.#current]);
    this.#reread = reread;
  }

  /** The current token. */
  get value(): string {
    return this.#current;
  }

  /** The current and all previous tokens, none of which may be shown. */
  get secrets(): readonly string[] {
    return [...this.#all];
  }

  /**
   * Reads the token from its source again, for when the backend has refused it.
   *
   * @returns Whether the token has changed.
   */
  async reread(): Promise<boolean> {
    if (this.#reread === undefined) return false;
    let token: string;
    try {
      token = normalizeBotToken(await this.#reread());
    } catch {
      return false; // The file may be missing or empty for a moment; keep the old token.
    }
    // Several may read it at once; the first has replaced it.
    if (token === this.#current) return false;
    this.#current = token;
    this.#all.add(token);
    return true;
  }

  /** Hides the token from `JSON.stringify`. */
  toJSON(): string {
    return "***";
  }
}
