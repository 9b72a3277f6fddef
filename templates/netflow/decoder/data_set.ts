import { DecodeError } from "./decode_error.ts";
import type { Domain } from "./domain.ts";
import type { DecodeContext } from "./flow_sets.ts";
import { RecordReader } from "./record_reader.ts";
import type { Template } from "./template.ts";

// Shared, as it keeps nothing between records.
const reader = new RecordReader();

/** Reads the records of a data set and returns their number. A rest that is too short for a record is padding. */
export function readData(
  view: DataView,
  offset: number,
  end: number,
  template: Template,
  domain: Domain,
  { decoder, onFlow }: DecodeContext,
): number {
  let count = 0;
  let at = offset;
  while (end - at >= template.minLength) {
    at = reader.read(template, view, at, end);
    if (at < 0) throw new DecodeError("a record that extends beyond its set");
    count++;
    if (template.options) {
      const rate = reader.samplingRate();
      if (rate !== undefined) domain.setRate(reader.samplerId(), rate);
    } else {
      reader.readFlows(decoder.scaleSampled ? domain.rateOf : undefined, (flow) => {
        decoder.counts.flows++;
        onFlow(flow);
      });
    }
  }
  return count;
}
