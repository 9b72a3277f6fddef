import { readData } from "./data_set.ts";
import type { DecodeContext } from "./decode_context.ts";
import { DecodeError } from "./decode_error.ts";
import type { Domain, DomainState } from "./domain.ts";
import { Template } from "./template.ts";
import { readTemplateRecord } from "./template_record.ts";

// Why data sets are undecodable that have waited too long.
const NO_TEMPLATE = "data without a template that arrived within a minute";

// Data sets have the id of their template, from here on.
const FIRST_DATA_SET = 256;

/**
 * Reads the sets of a packet of NetFlow v9 or IPFIX: stores templates and sampling rates in `domain`, and hands over flows.
 * What is wrong with a set does not affect the others, and a set that is cut off is read as far as it goes.
 *
 * @returns The number of data records; `undefined` if it is not known, as for sets without a template.
 */
export function readSets(
  view: DataView,
  offset: number,
  end: number,
  domain: Domain,
  context: DecodeContext,
): number | undefined {
  context.countUndecodable(domain.pending.dropOld(context.now), NO_TEMPLATE);
  let records: number | undefined = 0;
  let at = offset;
  while (end - at >= 4) {
    const length = view.getUint16(at + 2);
    const isWhole = length >= 4 && length <= end - at;
    if (!isWhole) {
      if (isZero(view, at, end)) break;
      context.reportFault(`a set of ${length} bytes where ${end - at} are left`);
      if (length < 4) return undefined;
    }
    const start = at;
    at = Math.min(at + length, end);
    const count = context.attempt(() => readSet(view, start, at, domain, context));
    records = isWhole && records !== undefined && count !== undefined ? records + count : undefined;
  }
  return records;
}

/** Reads the templates of a domain from before a restart of the bot, as if they were announced again. */
export function restoreTemplates(state: DomainState, domain: Domain, context: DecodeContext): void {
  const { templates, optionsTemplates } = state.templates;
  for (const [text, isOptions] of [[templates, false], [optionsTemplates, true]] as const) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    readTemplates(new DataView(bytes.buffer), 0, bytes.length, isOptions, domain, context);
  }
}

function readSet(
  view: DataView,
  offset: number,
  end: number,
  domain: Domain,
  context: DecodeContext,
): number | undefined {
  const id = view.getUint16(offset);
  const start = offset + 4;
  if (id < FIRST_DATA_SET) {
    // Template sets have the id 0 in NetFlow v9 and 2 in IPFIX, options template sets the next one.
    const kind = domain.version === 9 ? id : id - 2;
    if (kind === 0 || kind === 1) readTemplates(view, start, end, kind === 1, domain, context);
    return 0;
  }
  const template = domain.templates.get(id);
  if (template !== undefined) return readData(view, start, end, template, domain, context);
  domain.pending.add(id, bytesAt(view, start, end), context.now);
  return undefined;
}

function readTemplates(
  view: DataView,
  offset: number,
  end: number,
  isOptions: boolean,
  domain: Domain,
  context: DecodeContext,
): void {
  let at = offset;
  while (end - at >= 4) {
    const start = at;
    const { id, fields, next } = readTemplateRecord(view, at, end, domain.version, isOptions);
    at = next;
    if (id === 0) return;
    if (fields.length === 0 && id < FIRST_DATA_SET) {
      // IPFIX withdraws all templates by the id of the set.
      domain.templates.withdrawAll(isOptions);
      continue;
    }
    // What follows is out of date, even if the new one is wrong.
    domain.templates.withdraw(id);
    if (fields.length === 0) continue;
    context.attempt(() => {
      if (id < FIRST_DATA_SET) throw new DecodeError(`a template with the reserved id ${id}`);
      const template = new Template(id, fields, isOptions);
      domain.templates.set(template, bytesAt(view, start, next));
      for (const body of domain.pending.take(id)) {
        readData(new DataView(body.buffer), 0, body.length, template, domain, context);
      }
    });
  }
}

function bytesAt(view: DataView, start: number, end: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer, view.byteOffset + start, end - start).slice();
}

/** Whether the rest of a packet is padding. */
function isZero(view: DataView, offset: number, end: number): boolean {
  for (let at = offset; at < end; at++) {
    if (view.getUint8(at) !== 0) return false;
  }
  return true;
}
