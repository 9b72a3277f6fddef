/** The values that a run sends. The run waits until they are stored, even if its function does not. */
export class RunSends {
  #pending = 0;
  #onStored: (() => void) | undefined;
  #refusal: { readonly error: unknown } | undefined;

  /** Adds values. That they are refused is handled here, even if the function does not wait for them. */
  add(sent: Promise<void>): void {
    this.#pending++;
    sent.then(() => this.#settle(), (error) => {
      this.#refusal ??= { error };
      this.#settle();
    });
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

  #settle(): void {
    if (--this.#pending === 0) this.#onStored?.();
  }
}
