/** Where a sequence of numbers stands. */
interface Position {
  /** Number of the latest packet. */
  latest: number;
  /** Number that the next packet should have. */
  expected: number;
  /** Whether the next number may be any higher one, as it is unknown how many records the latest packet had. */
  isOpen: boolean;
  /** How many packets in a row have continued it. */
  continued: number;
  /** What was counted as lost when the sequence went on from elsewhere. */
  lost: number;
}

// A position is believed when as many packets have continued it: late packets are rarely three in a row.
const BELIEVED = 3;

// Packets that took another path or waited in a queue are at most some hundreds late.
const MAX_PACKETS_LATE = 1000;

// A larger gap is more likely a restart at another number.
const MAX_GAP = 1_000_000;

// Several exporters may share an address and a domain id; the others are gaps and late packets of the last moments.
const MAX_POSITIONS = 16;

/**
 * Counts losses by sequence numbers. NetFlow v5 numbers flows, v9 packets, IPFIX data records; all wrap after 2^32.
 *
 * Several sequences may be interleaved, as when two exporters send from the same address, or one starts its numbers anew.
 * Each has a position. A packet that continues none is late if a position is a little ahead of it; otherwise what lies between
 * it and the nearest position is lost. Late packets, unrelated ones, and what seems lost start positions of their own, which
 * are believed after three packets: then it is a sequence, and nothing was lost. In doubt nothing is counted: neither are
 * losses of the slower of two sequences that are close to each other.
 */
export class SequenceTracker {
  // The latest first.
  readonly #positions: Position[];
  #lost = 0;

  /** Constructs a new instance. `expected` are the numbers expected before a restart of the bot, whose downtime is no loss. */
  constructor(expected: readonly number[] = []) {
    this.#positions = expected.slice(0, MAX_POSITIONS).map((number) => ({
      ...positionAfter(number, 0, BELIEVED),
      isOpen: true,
    }));
  }

  /** Returns the expected numbers, for the next instance. */
  toJSON(): number[] {
    return this.#positions.filter(isBelieved).map(({ expected }) => expected);
  }

  /** Returns by how much a number is ahead of an expected one: 0 if it continues a sequence, `Infinity` if it is unrelated. */
  ahead(sequence: number): number {
    let least = Infinity;
    for (const position of this.#positions) {
      const ahead = (sequence - position.expected) >>> 0;
      if (isBelieved(position) && ahead < least) least = ahead;
    }
    return least <= MAX_GAP ? least : Infinity;
  }

  /**
   * Checks a packet.
   *
   * @param sequence Its sequence number.
   * @param count How much it advances the sequence; `undefined` if unknown, as for records without a template.
   * @returns Packets, flows or records that are missing; negative if some that were counted as missing were not lost.
   */
  check(sequence: number, count: number | undefined): number {
    const position = this.#continuedBy(sequence, count);
    const change = position === undefined
      ? this.#jump(sequence, count)
      : this.#continue(position, sequence, count);
    // Late packets may have been counted before: as duplicates, or before a restart of the bot.
    const lost = Math.max(0, this.#lost + change);
    const counted = lost - this.#lost;
    this.#lost = lost;
    return counted;
  }

  #continuedBy(sequence: number, count: number | undefined): Position | undefined {
    let found: Position | undefined;
    for (const position of this.#positions) {
      // softflowd includes the records of an IPFIX message in the number of the message itself.
      if (
        sequence !== position.expected && sequence !== (position.latest + (count ?? 0)) >>> 0
      ) continue;
      if (isBelieved(position)) return position;
      found ??= position;
    }
    return found;
  }

  #continue(position: Position, sequence: number, count: number | undefined): number {
    advance(position, sequence, count);
    this.#moveToFront(position);
    if (isBelieved(position)) return 0;
    position.continued++;
    if (position.lost === 0) return 0;
    // What was lost arrives late after all; if it goes on like that, it is a sequence of its own.
    const found = isBelieved(position) ? position.lost : Math.min(position.lost, count ?? 0);
    position.lost -= found;
    return -found;
  }

  #jump(sequence: number, count: number | undefined): number {
    const maxBehind = MAX_PACKETS_LATE * Math.max(1, count ?? 1);
    let isLate = false;
    let nearest: Position | undefined;
    let least = MAX_GAP;
    for (const position of this.#positions) {
      if (!isBelieved(position)) continue;
      isLate ||= (position.expected - sequence) >>> 0 <= maxBehind;
      const ahead = (sequence - position.expected) >>> 0;
      if (ahead <= least) [nearest, least] = [position, ahead];
    }
    if (isLate || nearest === undefined) {
      this.#add(positionAfter(sequence, count, this.#positions.length === 0 ? BELIEVED : 0));
      return isLate ? -(count ?? 0) : 0;
    }
    const lost = nearest.isOpen ? 0 : least;
    if (lost > 0) this.#add({ ...nearest, continued: 0, lost });
    advance(nearest, sequence, count);
    this.#moveToFront(nearest);
    return lost;
  }

  #add(position: Position): void {
    this.#positions.unshift(position);
    if (this.#positions.length <= MAX_POSITIONS) return;
    const last = this.#positions.findLastIndex((other) => !isBelieved(other));
    this.#positions.splice(last > 0 ? last : -1, 1);
  }

  #moveToFront(position: Position): void {
    if (this.#positions[0] === position) return;
    this.#positions.splice(this.#positions.indexOf(position), 1);
    this.#positions.unshift(position);
  }
}

function isBelieved(position: Position): boolean {
  return position.continued >= BELIEVED;
}

function positionAfter(sequence: number, count: number | undefined, continued: number): Position {
  const position = { latest: 0, expected: 0, isOpen: false, continued, lost: 0 };
  advance(position, sequence, count);
  return position;
}

function advance(position: Position, sequence: number, count: number | undefined): void {
  position.latest = sequence;
  position.expected = (sequence + (count ?? 0)) >>> 0;
  position.isOpen = count === undefined;
}
