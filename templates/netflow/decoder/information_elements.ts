// The elements that the bot reads: IANA's "IPFIX Information Elements", of which NetFlow v9 has the same numbers.
const IANA = {
  octetDeltaCount: 1,
  protocolIdentifier: 4,
  sourceTransportPort: 7,
  sourceIPv4Address: 8,
  ingressInterface: 10,
  destinationTransportPort: 11,
  destinationIPv4Address: 12,
  egressInterface: 14,
  postOctetDeltaCount: 23,
  sourceIPv6Address: 27,
  destinationIPv6Address: 28,
  icmpTypeCodeIPv4: 32,
  samplingInterval: 34,
  samplerId: 48,
  samplerRandomInterval: 50,
  flowDirection: 61,
  octetTotalCount: 85,
  exporterIPv4Address: 130,
  exporterIPv6Address: 131,
  icmpTypeCodeIPv6: 139,
  meteringProcessId: 143,
  exportingProcessId: 144,
  templateId: 145,
  flowId: 148,
  observationDomainId: 149,
  postOctetTotalCount: 171,
  icmpTypeIPv4: 176,
  icmpTypeIPv6: 178,
  natEvent: 230,
  initiatorOctets: 231,
  responderOctets: 232,
  firewallEvent: 233,
  selectorId: 302,
  samplingPacketInterval: 305,
  samplingPacketSpace: 306,
  samplingSize: 309,
  samplingPopulation: 310,
  samplingProbability: 311,
  dataLinkFrameSize: 312,
  ipHeaderPacketSection: 313,
  dataLinkFrameSection: 315,
  layer2OctetDeltaCount: 352,
  layer2OctetTotalCount: 353,
  postLayer2OctetDeltaCount: 417,
  postLayer2OctetTotalCount: 420,
} as const;

// Cisco ASA before version 8.4(5).
const OLD_FIREWALL_EVENT = 40005;

// RFC 5103: the enterprise number of elements for the reverse direction of a biflow.
const REVERSE = 29305;

/** The enterprise number that stands for the scope fields of NetFlow v9, which have numbers of their own. */
export const V9_SCOPE = -1;

type Name =
  | keyof typeof IANA
  | "reverseOctets"
  | "systemScope"
  | "interfaceScope"
  | "templateScope";

const NUMBERS: readonly (readonly [name: Name, id: number, enterprise: number])[] = [
  ...Object.entries(IANA).map(([name, id]) => [name as Name, id, 0] as const),
  ["firewallEvent", OLD_FIREWALL_EVENT, 0],
  ["reverseOctets", IANA.octetDeltaCount, REVERSE],
  ["reverseOctets", IANA.octetTotalCount, REVERSE],
  ["reverseOctets", IANA.layer2OctetDeltaCount, REVERSE],
  ["reverseOctets", IANA.layer2OctetTotalCount, REVERSE],
  ["systemScope", 1, V9_SCOPE],
  ["interfaceScope", 2, V9_SCOPE],
  ["templateScope", 5, V9_SCOPE],
];

const NAMES = [...new Set(NUMBERS.map(([name]) => name))];

/** The elements that the bot reads, numbered from 0. */
export const ELEMENT = Object.fromEntries(
  NAMES.map((name, index) => [name, index]),
) as Readonly<Record<Name, number>>;

/** How many there are. */
export const ELEMENT_COUNT = NAMES.length;

const BY_NUMBER = new Map(NUMBERS.map(([name, id, enterprise]) => [
  key(id, enterprise),
  ELEMENT[name],
]));

function key(id: number, enterprise: number): number {
  return enterprise * 0x10000 + id;
}

/** Returns the {@linkcode ELEMENT} with this number, or `undefined` if the bot does not read it. */
export function elementOf(id: number, enterprise: number): number | undefined {
  return BY_NUMBER.get(key(id, enterprise));
}

/** Whether an element can have this length. Numbers may be sent in fewer bytes than their type has (RFC 7011, 6.2). */
export function isValidLength(element: number, length: number): boolean {
  const name = NAMES[element]!;
  if (name.endsWith("Section")) return true;
  if (name.endsWith("IPv4Address")) return length === 4;
  if (name.endsWith("IPv6Address")) return length === 16;
  if (name === "samplingProbability") return length === 4 || length === 8;
  return length >= 1 && length <= 8;
}
