/** What a sequence number reveals about earlier packets. */
interface SequenceCheck {
  /** Packets, flows or records that are missing; negative if some that were counted as missing arrived late. */
  readonly lost: number;
  /** Whether the exporter restarted its sequence numbers. */
  readonly restarted: boolean;
}

const IN_ORDER: SequenceCheck = { lost: 0, restarted: false };
const RESTARTED: SequenceCheck = { lost: 0, restarted: true };

// Networks reorder a few packets, not hundreds.
const MAX_PACKETS_LATE = 32;

// A late packet is soon followed by one in order.
const MAX_LATE_IN_A_ROW = 3;

// A larger gap is more likely a restart at another number.
const MAX_GAP = 1_000_000;

/**
 * Detects losses by sequence numbers. NetFlow v5 numbers flows, v9 packets, IPFIX data records; all wrap after 2^32.
 */
export class SequenceTracker {
  #expected: number | undefined;
  #latest = 0;
  #lost = 0;
  #lateInARow = 0;
  #isFirst = true;

  /** Whether no packet was checked yet. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  /**
   * Checks a packet.
   *
   * @param sequence Its sequence number.
   * @param count How much it advances the sequence; `undefined` if unknown, as for records without a template.
   */
  check(sequence: number, count: number | undefined): SequenceCheck {
    this.#isFirst = false;
    const expected = this.#expected;
    if (expected === undefined) return this.#accept(sequence, count, IN_ORDER);
    // softflowd includes the records of an IPFIX message in the number of the message itself.
    const inclusive = this.#latest + (count ?? 0);
    if (sequence === inclusive >>> 0) return this.#accept(sequence, count, IN_ORDER);
    const ahead = (sequence - expected) >>> 0;
    const behind = (expected - sequence) >>> 0;
    if (ahead <= MAX_GAP) {
      this.#lost += ahead;
      return this.#accept(
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
    return this.#accept(sequence, count, RESTARTED);
  }

  #accept(sequence: number, count: number | undefined, check: SequenceCheck): SequenceCheck {
    this.#latest = sequence;
    this.#expected = count === undefined ? undefined : (sequence + count) >>> 0;
    this.#lateInARow = 0;
    return check;
  }
}
