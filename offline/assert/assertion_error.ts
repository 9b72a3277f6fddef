/** What every failed assertion throws. */
export class AssertionError extends Error {
  /**
   * @param message What was expected and what was there instead.
   * @param options The `cause`, where there is one.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}
