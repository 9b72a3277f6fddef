import type { DataRecord } from "./record_reader.ts";
import type { DecodedPacket } from "./decoded_packet.ts";
import type { Domain } from "./observation_domain.ts";
import type { ExporterState } from "./exporter.ts";
import { compileTemplate, type FieldSpecifier, type Template } from "./template.ts";

/** Announces one template, or withdraws one or all. */
export interface TemplateRecord {
  /** The id of the template; with no fields, the id of the set for "all of its kind". */
  readonly id: number;
  /** Its fields; none withdraws it. */
  readonly fields: readonly FieldSpecifier[];
}

/** Reads the template record at `offset`; a string says why it cannot. */
export type ReadTemplate = (
  view: DataView,
  offset: number,
  end: number,
) => TemplateRecord & { readonly next: number } | string;

/** What NetFlow v9 and IPFIX do differently. */
export interface Dialect {
  /** Id of the sets that hold templates. */
  readonly templateSet: number;
  /** Id of the sets that hold templates of options. */
  readonly optionsSet: number;
  /** Reads a template. */
  readonly readTemplate: ReadTemplate;
  /** Reads a template of options. */
  readonly readOptionsTemplate: ReadTemplate;
}

/** What is needed to decode a packet besides its bytes. */
export interface Context {
  /** What the exporter has said so far. */
  readonly exporter: ExporterState;
  /** When the packet came, in milliseconds. */
  readonly now: number;
  /** Whether sampled flows are multiplied by their sampling rate. */
  readonly scale: boolean;
  /** Reads records. */
  readonly record: DataRecord;
}

// Sets of flows have the id of their template, which starts here.
const FIRST_DATA_SET = 256;

/**
 * Walks through the sets of a packet: learns templates and sampling rates, and decodes flows into `result`.
 *
 * @returns How many data records there were; `undefined` if that cannot be known.
 */
export function readSets(
  view: DataView,
  offset: number,
  end: number,
  dialect: Dialect,
  domain: Domain,
  context: Context,
  result: DecodedPacket,
): number | undefined {
  const { exporter, now } = context;
  result.undecodable += exporter.dropOverdue(now);
  let records: number | undefined = 0;
  let at = offset;
  while (end - at >= 4) {
    const id = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (length < 4 || length > end - at) {
      result.problem = `a set of ${length} bytes where ${end - at} are left`;
      return undefined;
    }
    const setEnd = at + length;
    if (id === dialect.templateSet || id === dialect.optionsSet) {
      readTemplates(view, at + 4, setEnd, id, dialect, domain, context, result);
    } else if (id >= FIRST_DATA_SET) {
      const template = domain.template(id);
      if (template === undefined) {
        const body = new Uint8Array(view.buffer, view.byteOffset + at + 4, length - 4).slice();
        result.waiting++;
        result.undecodable += exporter.keepEarly({ domain, templateId: id, body, at: now });
        records = undefined;
      } else {
        const count = readData(view, at + 4, setEnd, template, domain, context, result);
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
  context: Context,
  result: DecodedPacket,
): void {
  const options = setId === dialect.optionsSet;
  const read = options ? dialect.readOptionsTemplate : dialect.readTemplate;
  let at = offset;
  while (end - at >= 4) {
    const read1 = read(view, at, end);
    if (typeof read1 === "string") {
      result.problem = read1;
      return;
    }
    const { id, fields, next } = read1;
    at = next;
    // Padding: sets may be filled up with zeros.
    if (id === 0) return;
    if (fields.length === 0) {
      if (id === setId) domain.withdrawAll(options);
      else domain.withdraw(id);
      continue;
    }
    const template = id < FIRST_DATA_SET
      ? `a template with the id ${id}`
      : compileTemplate(fields, options);
    if (typeof template === "string") {
      result.problem = template;
      continue;
    }
    domain.define(id, template);
    for (const { body } of context.exporter.takeEarly(domain, id)) {
      const early = new DataView(body.buffer, body.byteOffset, body.byteLength);
      readData(early, 0, body.length, template, domain, context, result);
    }
  }
}

/** Decodes the records of one set and returns how many there were. Less than a record at the end is padding. */
function readData(
  view: DataView,
  offset: number,
  end: number,
  template: Template,
  domain: Domain,
  { record, scale }: Context,
  result: DecodedPacket,
): number {
  let count = 0;
  let at = offset;
  while (end - at >= template.minLength) {
    at = record.read(template, view, at, end);
    if (at < 0) {
      result.problem = "a record that is longer than its set";
      return count;
    }
    count++;
    if (template.options) {
      const rate = record.samplingRate();
      if (rate !== undefined) domain.setRate(record.samplerId(), rate);
    } else {
      const flows = record.flows(scale ? domain.rateOf : undefined);
      if (flows === undefined) result.problem = "a flow of more than 9 petabytes";
      else result.flows.push(...flows);
    }
  }
  return count;
}
