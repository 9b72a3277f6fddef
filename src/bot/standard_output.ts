// A main program writes to standard output.
// deno-lint-ignore-file no-console

import process from "node:process";

/** Standard output, which may be a full disk, or a pipe to a program that has read enough, such as `head`. */
export class StandardOutput {
  #error: Error | undefined;

  /** Constructs a new instance. From now on, Node does not end the process when standard output cannot be written. */
  constructor() {
    // Deno throws, Node reports the error to the stream.
    process.stdout.on("error", (error) => this.#failed(error));
  }

  /** Writes a line. Never throws. */
  print(line: string): void {
    try {
      console.log(line);
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  /** Returns why not all lines were written. A program that has read enough is no error. */
  async error(): Promise<Error | undefined> {
    // Node reports an error a moment after it has happened.
    await new Promise((resolve) => setTimeout(resolve));
    return this.#error;
  }

  #failed(error: Error & { readonly code?: unknown }): void {
    if (error.code !== "EPIPE") this.#error ??= error;
  }
}
