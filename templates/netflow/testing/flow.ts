/** Makes flows for tests. */

import { ADDRESS_KEY } from "../aggregator/flow_key.ts";
import { Flow } from "../decoder/flow.ts";

/** The fields of a {@linkcode Flow}; addresses are text, or empty. */
type FlowFields = Partial<Omit<Flow, "source" | "destination" | "clearHeaders" | "reverse">> & {
  readonly source?: string;
  readonly destination?: string;
};

/** Makes a flow of 100 bytes from 10.0.0.1 to 10.9.0.1, HTTPS, from interface 1 to 2, with other fields as given. */
export function testFlow(
  { source = "10.0.0.1", destination = "10.9.0.1", ...rest }: FlowFields = {},
): Flow {
  const flow = new Flow();
  Object.assign(flow, {
    bytes: 100,
    input: 1,
    output: 2,
    protocol: 6,
    sourcePort: 40_000,
    destinationPort: 443,
    ...rest,
  });
  if (source !== "") flow.source.set(ADDRESS_KEY.parse(source)!);
  if (destination !== "") flow.destination.set(ADDRESS_KEY.parse(destination)!);
  return flow;
}
