import { elementOf } from "./information_elements.ts";
import { type FieldSpecifier, Template, VARIABLE_LENGTH } from "./template.ts";

/**
 * A template as plain data: its id, 1 for an options template, then element, length and enterprise number of each field. What
 * the fields mean is decided when they are read again, maybe by a newer version of the bot.
 */
export type TemplateState = readonly number[];

/** The templates of a domain. */
export class TemplateCache {
  // Least recently announced first.
  readonly #templates = new Map<number, Template>();
  #bytes = 0;

  /** Constructs a new instance, empty or from the state before a restart of the bot. */
  constructor(state: readonly TemplateState[] = []) {
    for (const [id = 0, options, ...numbers] of state) {
      const fields: FieldSpecifier[] = [];
      for (let n = 0; n + 2 < numbers.length; n += 3) {
        const [element = 0, length = 0, enterprise = 0] = numbers.slice(n, n + 3);
        fields.push({ element, length, enterprise });
      }
      this.set(id, fields, options === 1);
    }
  }

  /** Returns the state to keep over a restart. */
  toJSON(): TemplateState[] {
    return Array.from(this.#templates.values(), ({ id, options, fields }) => [
      id,
      options ? 1 : 0,
      ...fields.flatMap(({ element, length, enterprise }) => [element, length, enterprise]),
    ]);
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return this.#bytes;
  }

  /** Returns the template with this id, if it was announced. */
  get(id: number): Template | undefined {
    return this.#templates.get(id);
  }

  /**
   * Adds or replaces a template.
   *
   * @throws {DecodeError} If its records cannot be read. The one before is dropped nevertheless, as it is out of date.
   */
  set(id: number, fields: readonly FieldSpecifier[], options: boolean): Template {
    this.withdraw(id);
    const template = new Template(id, withoutUnread(fields), options);
    this.#templates.set(id, template);
    this.#bytes += template.memoryBytes;
    return template;
  }

  /** Drops a template. */
  withdraw(id: number): void {
    const template = this.#templates.get(id);
    if (template === undefined) return;
    this.#templates.delete(id);
    this.#bytes -= template.memoryBytes;
  }

  /** Drops all options templates, or all others. */
  withdrawAll(options: boolean): void {
    for (const [id, template] of this.#templates) {
      if (template.options === options) this.withdraw(id);
    }
  }

  /** Drops the least recently announced templates until the others take at most `bytes`. The latest one stays. */
  shrink(bytes: number): void {
    for (const id of this.#templates.keys()) {
      if (this.#bytes <= bytes || this.#templates.size === 1) return;
      this.withdraw(id);
    }
  }
}

// IANA's "paddingOctets".
const PADDING = 210;

/** Merges fields that the bot does not read, so that the memory depends on what it reads, not on what exporters send. */
function withoutUnread(fields: readonly FieldSpecifier[]): FieldSpecifier[] {
  const merged: FieldSpecifier[] = [];
  let unread = 0;
  for (const field of fields) {
    const { element, enterprise, length } = field;
    const isRead = length === VARIABLE_LENGTH || elementOf(element, enterprise) !== undefined;
    if (unread > 0 && (isRead || unread + length >= VARIABLE_LENGTH)) {
      merged.push({ element: PADDING, enterprise: 0, length: unread });
      unread = 0;
    }
    if (isRead) merged.push(field);
    else unread += length;
  }
  if (unread > 0) merged.push({ element: PADDING, enterprise: 0, length: unread });
  return merged;
}
