import type { Template } from "./template.ts";

/** The template records as exporters announce them, in base64: a newer version of the bot may read other fields. */
export interface TemplatesState {
  readonly templates: string;
  readonly optionsTemplates: string;
}

/** The templates of a domain. */
export class TemplateCache {
  readonly #entries = new Map<
    number,
    { readonly template: Template; readonly record: Uint8Array }
  >();
  #bytes = 0;

  /** Returns the state to keep over a restart. */
  toJSON(): TemplatesState {
    return { templates: this.#records(false), optionsTemplates: this.#records(true) };
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return this.#bytes;
  }

  /** Returns the template with this id, if it was announced. */
  get(id: number): Template | undefined {
    return this.#entries.get(id)?.template;
  }

  /** Adds or replaces a template. `record` announces it. */
  set(template: Template, record: Uint8Array): void {
    this.withdraw(template.id);
    this.#entries.set(template.id, { template, record });
    this.#bytes += bytesOf(template, record);
  }

  /** Drops a template. */
  withdraw(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#bytes -= bytesOf(entry.template, entry.record);
  }

  /** Drops all options templates, or all others. */
  withdrawAll(options: boolean): void {
    for (const [id, { template }] of this.#entries) {
      if (template.options === options) this.withdraw(id);
    }
  }

  #records(options: boolean): string {
    let bytes = "";
    for (const { template, record } of this.#entries.values()) {
      if (template.options === options) bytes += String.fromCharCode(...record);
    }
    return btoa(bytes);
  }
}

function bytesOf(template: Template, record: Uint8Array): number {
  // Of the objects around them.
  return template.memoryBytes + record.length + 250;
}
