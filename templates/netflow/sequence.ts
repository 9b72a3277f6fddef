/** What the number of one packet tells about the packets before it. */
export interface SequenceCheck {
  /** How many packets, flows or records are missing; below 0 when some that were counted as missing came late. */
  readonly lost: number;
  /** Whether the exporter has started to count anew. */
  readonly restarted: boolean;
}

const IN_ORDER: SequenceCheck = { lost: 0, restarted: false };
const RESTARTED: SequenceCheck = { lost: 0, restarted: true };

// A network turns the order of a few packets around, not of hundreds.
const MAX_PACKETS_LATE = 32;

// A packet that is late is followed by one that is not.
const MAX_LATE_IN_A_ROW = 3;

// Beyond this it is likelier that the exporter counts anew from some other number.
const MAX_GAP = 1_000_000;

/**
 * Finds out from sequence numbers what the network has lost. NetFlow v5 numbers flows, v9 packets, IPFIX data records;
 * all of them wrap after 2^32.
 */
export class SequenceTracker {
  #expected: number | undefined;
  #latest = 0;
  #lost = 0;
  #lateInARow = 0;
  #isFirst = true;

  /** Whether no packet was looked at yet. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  /**
   * Looks at one packet.
   *
   * @param sequence The number that it has.
   * @param count By how much it brings the number forward; `undefined` where that cannot be known, as for records whose
   * template is not known.
   */
  check(sequence: number, count: number | undefined): SequenceCheck {
    this.#isFirst = false;
    const expected = this.#expected;
    if (expected === undefined) return this.#goOn(sequence, count, IN_ORDER);
    // softflowd counts the records of an IPFIX message already in its own number.
    const counted = this.#latest + (count ?? 0);
    if (sequence === counted >>> 0) return this.#goOn(sequence, count, IN_ORDER);
    const ahead = (sequence - expected) >>> 0;
    const behind = (expected - sequence) >>> 0;
    if (ahead <= MAX_GAP) {
      this.#lost += ahead;
      return this.#goOn(
        sequence,
        count,
        ahead === 0 ? IN_ORDER : { lost: ahead, restarted: false },
      );
    }
    if (behind <= MAX_PACKETS_LATE * Math.max(1, count ?? 1)) {
      if (++this.#lateInARow <= MAX_LATE_IN_A_ROW) {
        const found = Math.min(this.#lost, count ?? 0);
        this.#lost -= found;
        return { lost: -found, restarted: false };
      }
    }
    this.#lost = 0;
    return this.#goOn(sequence, count, RESTARTED);
  }

  #goOn(sequence: number, count: number | undefined, check: SequenceCheck): SequenceCheck {
    this.#latest = sequence;
    this.#expected = count === undefined ? undefined : (sequence + count) >>> 0;
    this.#lateInARow = 0;
    return check;
  }
}
