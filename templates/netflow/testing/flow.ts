/** Makes flows for tests. */

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
  if (source !== "") flow.source.set(parseAddress(source));
  if (destination !== "") flow.destination.set(parseAddress(destination));
  return flow;
}

function parseAddress(text: string): number[] {
  if (!text.includes(":")) {
    return [0, 0, 0xffff, text.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0)];
  }
  const [head = [], tail = []] = text.split("::").map((part) => part.split(":"));
  const groups = [...head, ...Array(8 - head.length - tail.length).fill("0"), ...tail];
  return [0, 2, 4, 6].map((n) => parseInt(groups[n], 16) * 65_536 + parseInt(groups[n + 1], 16));
}
