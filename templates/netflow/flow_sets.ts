import type { DecodedPacket } from "./decoded_packet.ts";
import type { Exporter } from "./exporter.ts";
import type { ObservationDomain } from "./observation_domain.ts";
import type { RecordReader } from "./record_reader.ts";
import { compileTemplate, type FieldSpecifier, type Template } from "./template.ts";

/** A template record: announces a template, or withdraws one or all. */
export interface TemplateRecord {
  /** Id of the template, or the id of the set to withdraw all of its kind. */
  readonly id: number;
  /** The fields; empty for a withdrawal. */
  readonly fields: readonly FieldSpecifier[];
  /** Offset of the next record. */
  readonly next: number;
}

/** Reads the template record at `offset`, or returns what is wrong with it. */
type ReadTemplate = (view: DataView, offset: number, end: number) => TemplateRecord | string;

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
  /** The exporter that sent the packet. */
  readonly exporter: Exporter;
  /** Time of arrival, in milliseconds. */
  readonly now: number;
  /** Whether bytes and packets of sampled flows are multiplied by the sampling rate. */
  readonly scaleSampled: boolean;
  /** Reads data records. */
  readonly reader: RecordReader;
}

// Data sets have the id of their template, from here on.
const FIRST_DATA_SET = 256;

/**
 * Reads the sets of a packet: stores templates and sampling rates in `domain`, and adds flows to `result`.
 *
 * @returns The number of data records; `undefined` if a template to count them by is missing.
 */
export function readSets(
  view: DataView,
  offset: number,
  end: number,
  dialect: Dialect,
  domain: ObservationDomain,
  context: DecodeContext,
  result: DecodedPacket,
): number | undefined {
  const { exporter, now } = context;
  result.droppedSets += exporter.dropExpired(now);
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
        result.pendingSets++;
        result.droppedSets += exporter.addPending({ domain, templateId: id, body, at: now });
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
  domain: ObservationDomain,
  context: DecodeContext,
  result: DecodedPacket,
): void {
  const options = setId === dialect.optionsSet;
  const readTemplate = options ? dialect.readOptionsTemplate : dialect.readTemplate;
  let at = offset;
  while (end - at >= 4) {
    const record = readTemplate(view, at, end);
    if (typeof record === "string") {
      result.problem = record;
      return;
    }
    const { id, fields, next } = record;
    at = next;
    // Padding
    if (id === 0) return;
    if (fields.length === 0) {
      if (id === setId) domain.withdrawAll(options);
      else domain.withdraw(id);
      continue;
    }
    const template = id < FIRST_DATA_SET
      ? `a template with the reserved id ${id}`
      : compileTemplate(fields, options);
    if (typeof template === "string") {
      result.problem = template;
      continue;
    }
    domain.setTemplate(id, template);
    for (const { body } of context.exporter.takePending(domain, id)) {
      const pending = new DataView(body.buffer, body.byteOffset, body.byteLength);
      readData(pending, 0, body.length, template, domain, context, result);
    }
  }
}

/** Reads the records of a data set and returns their number. A rest that is too short for a record is padding. */
function readData(
  view: DataView,
  offset: number,
  end: number,
  template: Template,
  domain: ObservationDomain,
  { reader, scaleSampled }: DecodeContext,
  result: DecodedPacket,
): number {
  let count = 0;
  let at = offset;
  while (end - at >= template.minLength) {
    at = reader.read(template, view, at, end);
    if (at < 0) {
      result.problem = "a record that extends beyond its set";
      return count;
    }
    count++;
    if (template.options) {
      const rate = reader.samplingRate();
      if (rate !== undefined) domain.setRate(reader.samplerId(), rate);
    } else {
      const flows = reader.flows(scaleSampled ? domain.rateOf : undefined);
      if (flows === undefined) result.problem = "a flow of more than 9 petabytes";
      else result.flows.push(...flows);
    }
  }
  return count;
}
