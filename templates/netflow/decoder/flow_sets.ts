import { readData } from "./data_set.ts";
import { DecodeError } from "./decode_error.ts";
import type { Decoder } from "./decoder.ts";
import type { Domain } from "./domain.ts";
import type { OnFlow } from "./flow.ts";
import { type FieldSpecifier, Template } from "./template.ts";

/** A template record: announces a template, or withdraws one or all. */
export interface TemplateRecord {
  /** Id of the template, or the id of the set to withdraw all of its kind. */
  readonly id: number;
  /** The fields; empty for a withdrawal. */
  readonly fields: readonly FieldSpecifier[];
  /** Offset of the next record. */
  readonly next: number;
}

/** Reads the template record at `offset`. */
type ReadTemplate = (view: DataView, offset: number, end: number) => TemplateRecord;

/** How the sets of NetFlow v9 and IPFIX differ. */
export interface Dialect {
  /** Id of template sets. */
  readonly templateSet: number;
  /** Id of options template sets. */
  readonly optionsSet: number;
  /** Reads a record of a template set. */
  readonly readTemplate: ReadTemplate;
  /** Reads a record of an options template set. */
  readonly readOptionsTemplate: ReadTemplate;
}

/** What decoding a packet needs besides its bytes. */
export interface DecodeContext {
  /** The decoder of the exporter that sent the packet. */
  readonly decoder: Decoder;
  /** Time of arrival, in milliseconds. */
  readonly now: number;
  /** Called for each flow. */
  readonly onFlow: OnFlow;
}

// Data sets have the id of their template, from here on.
const FIRST_DATA_SET = 256;

/**
 * Reads the sets of a packet: stores templates and sampling rates in `domain`, and hands over flows.
 *
 * @returns The number of data records; `undefined` if a template to count them by is missing.
 */
export function readSets(
  view: DataView,
  offset: number,
  end: number,
  dialect: Dialect,
  domain: Domain,
  context: DecodeContext,
): number | undefined {
  const { decoder: { pending, counts }, now } = context;
  counts.undecodable += pending.dropExpired(now);
  let records: number | undefined = 0;
  let at = offset;
  while (end - at >= 4) {
    const id = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (length < 4 || length > end - at) {
      throw new DecodeError(`a set of ${length} bytes where ${end - at} are left`);
    }
    const setEnd = at + length;
    if (id === dialect.templateSet || id === dialect.optionsSet) {
      readTemplates(view, at + 4, setEnd, id, dialect, domain, context);
    } else if (id >= FIRST_DATA_SET) {
      const template = domain.template(id);
      if (template === undefined) {
        const body = new Uint8Array(view.buffer, view.byteOffset + at + 4, length - 4).slice();
        counts.undecodable += pending.add({ domain, templateId: id, body, at: now });
        records = undefined;
      } else {
        const count = readData(view, at + 4, setEnd, template, domain, context);
        if (records !== undefined) records += count;
      }
    }
    at = setEnd;
  }
  return records;
}

function readTemplates(
  view: DataView,
  offset: number,
  end: number,
  setId: number,
  dialect: Dialect,
  domain: Domain,
  context: DecodeContext,
): void {
  const options = setId === dialect.optionsSet;
  const readTemplate = options ? dialect.readOptionsTemplate : dialect.readTemplate;
  let at = offset;
  while (end - at >= 4) {
    const { id, fields, next } = readTemplate(view, at, end);
    at = next;
    // Padding
    if (id === 0) return;
    if (fields.length === 0) {
      if (id === setId) domain.withdrawAll(options);
      else domain.withdraw(id);
      continue;
    }
    if (id < FIRST_DATA_SET) throw new DecodeError(`a template with the reserved id ${id}`);
    const template = new Template(id, fields, options);
    domain.setTemplate(id, template);
    for (const { body } of context.decoder.pending.take(domain, id)) {
      const pending = new DataView(body.buffer, body.byteOffset, body.byteLength);
      readData(pending, 0, body.length, template, domain, context);
    }
  }
}
