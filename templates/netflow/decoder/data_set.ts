import type { DecodeContext } from "./decode_context.ts";
import type { Domain } from "./domain.ts";
import { Flow } from "./flow.ts";
import { ELEMENT } from "./information_elements.ts";
import { RecordReader } from "./record_reader.ts";
import { rateOf, readOptions } from "./sampling.ts";
import type { Template } from "./template.ts";

// Reused, as this is the hot path.
const record = new RecordReader();
const flow = new Flow();

/**
 * Reads the records of a data set: hands over flows, and takes sampling rates from options records. A rest that is too
 * short for a record is padding.
 *
 * @returns The number of records.
 * @throws {DecodeError} If a record extends beyond the set.
 */
export function readData(
  view: DataView,
  offset: number,
  end: number,
  template: Template,
  domain: Domain,
  context: DecodeContext,
): number {
  let count = 0;
  let at = offset;
  while (end - at >= template.minLength) {
    at = record.moveTo(template, view, at, end);
    count++;
    if (template.options) readOptions(record, template, domain, context);
    else readFlows(template, domain, context);
  }
  const isUndecodable = !template.options && !template.isEvent && !template.hasCounter;
  if (isUndecodable) {
    context.countUndecodable(count, `records of template ${template.id} have no byte counter`);
  }
  return count;
}

/** Hands over the flows of a record: two of a biflow, none of a record without a byte counter. */
function readFlows(template: Template, domain: Domain, context: DecodeContext): void {
  const sent = record.count(template.counter) || record.count(template.counterIfZero);
  const received = record.count(template.reverseCounter);
  if (template.isConnection) {
    const event = record.uint(ELEMENT.firewallEvent);
    const id = record.id(ELEMENT.flowId);
    if (domain.connections.isCounted(event, id, sent + received)) return;
  }
  if (!template.hasCounter) return;
  record.readFlow(template, flow);
  const rate = rateOf(flow, record, template, domain, context);
  const bytes = rate * sent;
  const reverse = rate * received;
  if (bytes > Number.MAX_SAFE_INTEGER || reverse > Number.MAX_SAFE_INTEGER) {
    return context.countUndecodable(1, TOO_LARGE);
  }
  if (bytes > 0 || template.reverseCounter < 0) {
    flow.bytes = Math.round(bytes);
    context.counts.flows++;
    context.onFlow(flow);
  }
  if (reverse > 0) {
    flow.reverse(Math.round(reverse));
    context.counts.flows++;
    context.onFlow(flow);
  }
}

/** Why a flow is not counted that is implausible, and could not be summed exactly. */
export const TOO_LARGE = "a flow of more than 9 petabytes";
