/**
 * The fields of NetFlow v9 and IPFIX that matter here. Both use one numbering (IANA's "IPFIX Information Elements");
 * everything else in a record is skipped.
 */
export const FIELDS = [
  "bytes",
  "packets",
  "protocol",
  "sourcePort",
  "sourceIpv4",
  "input",
  "destinationPort",
  "destinationIpv4",
  "output",
  "bytesOut",
  "packetsOut",
  "sourceIpv6",
  "destinationIpv6",
  "samplingInterval",
  "samplerId",
  "samplerInterval",
  "direction",
  "bytesTotal",
  "packetsTotal",
  "bytesOfInitiator",
  "bytesOfResponder",
  "selectorId",
  "sampledPackets",
  "skippedPackets",
  "sampledSize",
  "sampledPopulation",
  "bytesBack",
  "packetsBack",
] as const;

/** The name of a field that matters. */
export type Field = typeof FIELDS[number];

const BY_ELEMENT: ReadonlyMap<number, Field> = new Map<number, Field>([
  [1, "bytes"],
  [2, "packets"],
  [4, "protocol"],
  [7, "sourcePort"],
  [8, "sourceIpv4"],
  [10, "input"],
  [11, "destinationPort"],
  [12, "destinationIpv4"],
  [14, "output"],
  [23, "bytesOut"],
  [24, "packetsOut"],
  [27, "sourceIpv6"],
  [28, "destinationIpv6"],
  [34, "samplingInterval"],
  [48, "samplerId"],
  [50, "samplerInterval"],
  [61, "direction"],
  [85, "bytesTotal"],
  [86, "packetsTotal"],
  [231, "bytesOfInitiator"],
  [232, "bytesOfResponder"],
  [302, "selectorId"],
  [305, "sampledPackets"],
  [306, "skippedPackets"],
  [309, "sampledSize"],
  [310, "sampledPopulation"],
]);

// RFC 5103: under this enterprise number the elements mean the same, for the way back.
const REVERSE = 29305;

/** Tells which field an element is; `undefined` for what does not matter. */
export function fieldOf(element: number, enterprise: number): Field | undefined {
  if (enterprise === 0) return BY_ELEMENT.get(element);
  if (enterprise !== REVERSE) return undefined;
  if (element === 1 || element === 85) return "bytesBack";
  return element === 2 || element === 86 ? "packetsBack" : undefined;
}

/** Tells whether a field can have this length. A number may be sent in fewer bytes than its type has. */
export function fits(field: Field, length: number): boolean {
  if (field.endsWith("Ipv4")) return length === 4;
  if (field.endsWith("Ipv6")) return length === 16;
  return length >= 1 && length <= 8;
}
