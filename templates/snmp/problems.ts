import type { Logger } from "@grafolean/collector";

/** Remembers what was said about each device. */
export class Remarks {
  readonly #said = new Map<string, string>();

  /**
   * Warns of what is wrong with something; of the same again only at debug level, until it was something else.
   *
   * @param subject What it is about.
   * @param remarks What is wrong, or nothing.
   */
  say(log: Pick<Logger, "warn" | "debug">, subject: string, remarks: readonly string[]): void {
    const text = remarks.join("\n");
    const isNew = this.#said.get(subject) !== text;
    if (text === "") this.#said.delete(subject);
    else this.#said.set(subject, text);
    for (const remark of remarks) {
      if (isNew) log.warn(remark);
      else log.debug(remark);
    }
  }
}
