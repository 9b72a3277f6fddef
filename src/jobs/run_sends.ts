/** The values that a run sends. The run waits until they are stored, even if its function does not. */
export class RunSends {
  #pending = 0;
  #onStored: (() => void) | undefined;
  #refusal: { readonly error: unknown } | undefined;

  /** Adds values. Never rejects; if they are refused, {@linkcode stored} does. */
  async add(sent: Promise<void>): Promise<void> {
    this.#pending++;
    try {
      await sent;
    } catch (error) {
      this.#refusal ??= { error };
    }
    if (--this.#pending === 0) this.#onStored?.();
  }

  /**
   * Resolves once all values are stored, those that are added in the meantime too.
   *
   * @throws The first error with which values were refused.
   */
  async stored(): Promise<void> {
    while (this.#pending > 0) await new Promise<void>((resolve) => this.#onStored = resolve);
    if (this.#refusal !== undefined) throw this.#refusal.error;
  }
}
