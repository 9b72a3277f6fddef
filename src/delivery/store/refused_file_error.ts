/** Thrown when a file must not be used as an outbox, because it belongs to another bot or program. */
export class RefusedFileError extends Error {
  /** Constructs a new instance. The message is the rest of a sentence that begins with the name of the file. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RefusedFileError";
  }
}
