/**
 * A flow: what was sent one way between two hosts since the exporter last reported it. Decoders fill in one instance again
 * and again: copy what you keep.
 */
export class Flow {
  /** Bytes, multiplied by the sampling rate of sampled flows. */
  bytes = 0;
  /** Whether it was observed where it left the exporter; otherwise where it entered, also if that is not exported. */
  isEgress = false;
  /** SNMP index of the input interface; -1 if not exported. */
  input = -1;
  /** SNMP index of the output interface; -1 if not exported. */
  output = -1;
  /** IP protocol number; -1 if not exported. */
  protocol = -1;
  /** Source port; -1 if not exported. */
  sourcePort = -1;
  /** Destination port; -1 if not exported. */
  destinationPort = -1;
  /** Source address, in four words; IPv4 as `::ffff:a.b.c.d`. All 0 if not exported. */
  readonly source = new Uint32Array(4);
  /** Destination address, likewise. */
  readonly destination = new Uint32Array(4);

  /** Forgets the protocol, the ports and the addresses. */
  clearHeaders(): void {
    this.protocol = this.sourcePort = this.destinationPort = -1;
    this.source.fill(0);
    this.destination.fill(0);
  }

  /** Turns it into a flow of `bytes` in the opposite direction. */
  reverse(bytes: number): void {
    this.bytes = bytes;
    [this.input, this.output] = [this.output, this.input];
    [this.sourcePort, this.destinationPort] = [this.destinationPort, this.sourcePort];
    for (let word = 0; word < 4; word++) {
      const source = this.source[word]!;
      this.source[word] = this.destination[word]!;
      this.destination[word] = source;
    }
  }
}

/** Handles a flow, which is only valid until the function returns. */
export type OnFlow = (flow: Flow) => void;
