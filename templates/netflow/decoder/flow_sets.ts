import { readData } from "./data_set.ts";
import { DecodeError } from "./decode_error.ts";
import type { Decoder } from "./decoder.ts";
import type { Domain } from "./domain.ts";
import type { OnFlow } from "./flow.ts";
import type { FieldSpecifier } from "./template.ts";

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
 * Reads the sets of a packet: stores templates and sampling rates in `domain`, and hands over flows. What is wrong with a set
 * does not affect the others, and a set that is cut off is read as far as it goes.
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
  const { decoder, now } = context;
  decoder.countPendingDropped(domain.pending.dropExpired(now));
  let records: number | undefined = 0;
  let at = offset;
  while (end - at >= 4) {
    const length = view.getUint16(at + 2);
    if (length < 4 || length > end - at) {
      if (isZero(view, at, end)) break;
      decoder.reportFault(`a set of ${length} bytes where ${end - at} are left`);
      if (length < 4) return undefined;
    }
    const start = at;
    const setEnd = Math.min(at + length, end);
    const count = decoder.attempt(() => readSet(view, start, setEnd, dialect, domain, context));
    records = records === undefined || count === undefined ? undefined : records + count;
    at = setEnd;
  }
  return records;
}

function readSet(
  view: DataView,
  offset: number,
  end: number,
  dialect: Dialect,
  domain: Domain,
  context: DecodeContext,
): number | undefined {
  const { decoder, now } = context;
  const id = view.getUint16(offset);
  if (id === dialect.templateSet || id === dialect.optionsSet) {
    readTemplates(view, offset + 4, end, id, dialect, domain, context);
  }
  if (id < FIRST_DATA_SET) return 0;
  const template = domain.templates.get(id);
  if (template !== undefined) return readData(view, offset + 4, end, template, domain, context);
  const body = new Uint8Array(view.buffer, view.byteOffset + offset + 4, end - offset - 4).slice();
  decoder.countPendingDropped(domain.pending.add(id, body, now));
  return undefined;
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
    if (fields.length > 0) {
      context.decoder.attempt(() => learn(id, fields, options, domain, context));
    } else if (id === setId) {
      domain.templates.withdrawAll(options);
    } else {
      domain.templates.withdraw(id);
    }
  }
}

/** Stores a template, and reads the data sets that have waited for it. */
function learn(
  id: number,
  fields: readonly FieldSpecifier[],
  options: boolean,
  domain: Domain,
  context: DecodeContext,
): void {
  if (id < FIRST_DATA_SET) throw new DecodeError(`a template with the reserved id ${id}`);
  const template = domain.templates.set(id, fields, options);
  for (const body of domain.pending.take(id)) {
    const pending = new DataView(body.buffer, body.byteOffset, body.byteLength);
    context.decoder.attempt(() => {
      readData(pending, 0, body.length, template, domain, context);
    });
  }
}

/** Whether the rest of a packet is padding. */
function isZero(view: DataView, offset: number, end: number): boolean {
  for (let at = offset; at < end; at++) {
    if (view.getUint8(at) !== 0) return false;
  }
  return true;
}
