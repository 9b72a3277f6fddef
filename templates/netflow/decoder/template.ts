import { DecodeError } from "./decode_error.ts";
import { ELEMENT, ELEMENT_COUNT, elementOf, isValidLength } from "./information_elements.ts";

/** One field of a template record. */
export interface FieldSpecifier {
  /** Id of the information element. */
  readonly element: number;
  /** Enterprise number; 0 for IANA's elements, -1 for the scope fields of NetFlow v9, which have ids of their own. */
  readonly enterprise: number;
  /** Length in bytes, or 65535 for an IPFIX field of variable length. */
  readonly length: number;
}

/** The length of a field whose records carry their own (RFC 7011, section 7). */
export const VARIABLE_LENGTH = 0xffff;

// Ten times what the largest known exporters send. A packet could hold 16,000 fields.
const MAX_FIELDS = 1000;

/** A byte counter, and the one to read in its place where it is 0: that of packets as they left the exporter. */
const COUNTERS: readonly (readonly [counter: number, ifZero?: number])[] = [
  [ELEMENT.octetDeltaCount, ELEMENT.postOctetDeltaCount],
  [ELEMENT.octetTotalCount, ELEMENT.postOctetTotalCount],
  [ELEMENT.initiatorOctets],
  [ELEMENT.postOctetDeltaCount],
  [ELEMENT.postOctetTotalCount],
  [ELEMENT.layer2OctetDeltaCount, ELEMENT.postLayer2OctetDeltaCount],
  [ELEMENT.layer2OctetTotalCount, ELEMENT.postLayer2OctetTotalCount],
  [ELEMENT.postLayer2OctetDeltaCount],
  [ELEMENT.postLayer2OctetTotalCount],
  [ELEMENT.dataLinkFrameSize],
];

/** Where the fields of the records of a data set are, and what can be known of all records beforehand. */
export class Template {
  /** Its id, which is that of its data sets. */
  readonly id: number;
  /** Length of each field in bytes, or {@linkcode VARIABLE_LENGTH}. */
  readonly fieldLengths: Uint16Array;
  /** Whether its records are options records, which describe the exporter instead of flows. */
  readonly options: boolean;
  /** Minimum length of a record in bytes; its exact length if no field is of variable length. */
  readonly minLength: number;
  /** Whether a field is of variable length, so that {@linkcode offsets} differ from record to record. */
  readonly isVariable: boolean;
  /** Offset of each {@linkcode ELEMENT} from the start of a record; -1 if there is none. */
  readonly offsets = new Int32Array(ELEMENT_COUNT).fill(-1);
  /** Length of each {@linkcode ELEMENT} in bytes. */
  readonly lengths = new Int32Array(ELEMENT_COUNT);
  /** The {@linkcode ELEMENT} to read from each field; -1 to skip it. */
  readonly elements: Int32Array;
  /** The element that counts bytes; -1 if there is none. */
  readonly counter: number = -1;
  /** The element that counts them if {@linkcode counter} is 0; -1 if there is none. */
  readonly counterIfZero: number = -1;
  /** The element that counts the bytes in the opposite direction; -1 if there is none. */
  readonly reverseCounter: number = -1;
  /** Whether its records count bytes. */
  readonly hasCounter: boolean;
  /** Whether its records report the connections of a firewall, which count bytes both ways. */
  readonly isConnection: boolean;
  /** Whether its records report events, which need no byte counter. */
  readonly isEvent: boolean;
  /** Whether its records, if of ICMP, have a field for what others send in place of the ports. */
  readonly hasIcmpType: boolean;
  /** Whether a packet is in its records, in place of addresses and ports. */
  readonly hasPacket: boolean;
  /** Whether its records have a sampling rate. */
  readonly hasRate: boolean;

  /**
   * Compiles a template record.
   *
   * @throws {DecodeError} If its records cannot be read.
   */
  constructor(id: number, fields: readonly FieldSpecifier[], options: boolean) {
    if (fields.length > MAX_FIELDS) throw new DecodeError(`a template of ${fields.length} fields`);
    this.id = id;
    this.fieldLengths = Uint16Array.from(fields, ({ length }) => length);
    this.options = options;
    this.elements = new Int32Array(fields.length).fill(-1);
    let at = 0;
    for (const [n, { element: number, enterprise, length }] of fields.entries()) {
      const element = elementOf(number, enterprise);
      if (element !== undefined && !this.has(element) && isValidLength(element, length)) {
        this.elements[n] = element;
        this.offsets[element] = at;
        this.lengths[element] = length;
      }
      at += length === VARIABLE_LENGTH ? 1 : length;
    }
    // Reading empty records would never end.
    if (at === 0) throw new DecodeError("a template whose records are empty");
    this.minLength = at;
    this.isVariable = fields.some(({ length }) => length === VARIABLE_LENGTH);

    const [counter, ifZero = -1] = COUNTERS.find(([counter]) => this.has(counter)) ?? [-1];
    this.counter = counter;
    if (ifZero >= 0 && this.has(ifZero)) this.counterIfZero = ifZero;
    const isTwoWay = counter < 0 || counter === ELEMENT.initiatorOctets;
    const reverse = isTwoWay ? ELEMENT.responderOctets : ELEMENT.reverseOctets;
    if (this.has(reverse)) this.reverseCounter = reverse;
    this.hasCounter = this.counter >= 0 || this.reverseCounter >= 0;
    this.isEvent = this.has(ELEMENT.firewallEvent) || this.has(ELEMENT.natEvent);
    this.isConnection = this.has(ELEMENT.firewallEvent) && this.has(ELEMENT.flowId) && isTwoWay;
    this.hasIcmpType = this.has(ELEMENT.icmpTypeCodeIPv4) || this.has(ELEMENT.icmpTypeCodeIPv6) ||
      this.has(ELEMENT.icmpTypeIPv4) || this.has(ELEMENT.icmpTypeIPv6);
    this.hasPacket =
      (this.has(ELEMENT.dataLinkFrameSection) || this.has(ELEMENT.ipHeaderPacketSection)) &&
      !this.has(ELEMENT.sourceIPv4Address) && !this.has(ELEMENT.sourceIPv6Address);
    this.hasRate = RATES.some((element) => this.has(element));
  }

  /** Whether its records have an {@linkcode ELEMENT}. */
  has(element: number): boolean {
    return this.offsets[element]! >= 0;
  }

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return 1500 + 6 * this.fieldLengths.length;
  }
}

const RATES = [
  ELEMENT.samplingInterval,
  ELEMENT.samplerRandomInterval,
  ELEMENT.samplingPacketInterval,
  ELEMENT.samplingPopulation,
  ELEMENT.samplingProbability,
];
