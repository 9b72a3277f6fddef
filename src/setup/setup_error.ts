/** Thrown when a setup cannot go on. Its message says why and what to do. */
export class SetupError extends Error {
  /** Constructs a new instance. */
  constructor(message: string) {
    super(message);
    this.name = "SetupError";
  }
}
