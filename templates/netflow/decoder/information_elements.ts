// IANA's "IPFIX Information Elements". NetFlow v9 uses the same numbers.
const IDS = {
  octetDeltaCount: 1,
  packetDeltaCount: 2,
  protocolIdentifier: 4,
  sourceTransportPort: 7,
  sourceIPv4Address: 8,
  ingressInterface: 10,
  destinationTransportPort: 11,
  destinationIPv4Address: 12,
  egressInterface: 14,
  postOctetDeltaCount: 23,
  postPacketDeltaCount: 24,
  sourceIPv6Address: 27,
  destinationIPv6Address: 28,
  samplingInterval: 34,
  samplerId: 48,
  samplerRandomInterval: 50,
  flowDirection: 61,
  octetTotalCount: 85,
  packetTotalCount: 86,
  initiatorOctets: 231,
  responderOctets: 232,
  selectorId: 302,
  samplingPacketInterval: 305,
  samplingPacketSpace: 306,
  samplingSize: 309,
  samplingPopulation: 310,
} as const;

/** The name of an information element that the bot reads. */
export type ElementName = keyof typeof IDS | "reverseOctets" | "reversePackets";

/** The information elements that the bot reads. Snapshots refer to them by index: append new ones at the end. */
export const ELEMENTS: readonly ElementName[] = [
  ...Object.keys(IDS) as (keyof typeof IDS)[],
  "reverseOctets",
  "reversePackets",
];

const BY_ID: ReadonlyMap<number, ElementName> = new Map(
  Object.entries(IDS).map(([name, id]) => [id, name as keyof typeof IDS]),
);

// RFC 5103: the enterprise number of counters for the reverse direction of a biflow.
const REVERSE = 29305;

/** Returns the name of an information element, or `undefined` if the bot does not read it. */
export function elementName(id: number, enterprise: number): ElementName | undefined {
  if (enterprise === 0) return BY_ID.get(id);
  if (enterprise !== REVERSE) return undefined;
  if (id === IDS.octetDeltaCount || id === IDS.octetTotalCount) return "reverseOctets";
  return id === IDS.packetDeltaCount || id === IDS.packetTotalCount ? "reversePackets" : undefined;
}

/** Whether an element can have this length. Numbers may be sent in fewer bytes than their type has (RFC 7011, 6.2). */
export function isValidLength(name: ElementName, length: number): boolean {
  if (name.endsWith("IPv4Address")) return length === 4;
  if (name.endsWith("IPv6Address")) return length === 16;
  return length >= 1 && length <= 8;
}
