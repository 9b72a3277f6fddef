/** Where a sequence of numbers stands, or may stand. */
interface Position {
  /** Number of the latest packet. */
  latest: number;
  /** Number that the next packet should have. */
  expected: number;
  /** How many packets have continued it. */
  continued: number;
  /** What was counted as lost because it seemed that the numbers jumped from here. */
  gap: number;
}

// Late packets are rarely three in a row.
const MIN_CONTINUED = 3;

// Packets that took another path or waited in a queue are at most some hundreds late.
const MAX_PACKETS_LATE = 1000;

// A larger gap is more likely a restart at another number.
const MAX_GAP = 1_000_000;

// Of sequences, as of candidates. With more behind one address, gaps between them would count as lost.
const MAX_POSITIONS = 128;

const POSITION_BYTES = 100;

/**
 * Counts losses by sequence numbers. NetFlow v5 numbers flows, v9 packets, IPFIX data records; all wrap after 2^32.
 *
 * A gap is lost until what is missing arrives late. But it may also be that several sequences are interleaved, as when two
 * exporters send from one address, or that one starts its numbers anew: where three packets continue from the start of a gap
 * or from an unrelated number, there is another sequence, and the gap between was none. In doubt nothing is counted, such as
 * the losses of sequences that are close to each other.
 */
export class SequenceTracker {
  // The latest first.
  readonly #sequences: Position[] = [];
  readonly #candidates: Position[] = [];
  #lost = 0;

  /** Estimated memory, in bytes. */
  get memoryBytes(): number {
    return POSITION_BYTES * (this.#sequences.length + this.#candidates.length);
  }

  /** Returns by how much a number is ahead of the nearest expected one; `Infinity` if it is unrelated. */
  ahead(sequence: number): number {
    const nearest = this.#nearest(sequence);
    return nearest === undefined ? Infinity : distance(nearest.expected, sequence);
  }

  /**
   * Checks a packet.
   *
   * @param sequence Its sequence number.
   * @param count How much it advances the sequence; `undefined` if unknown, as for records without a template.
   * @returns Packets, flows or records that are missing; negative if some that were counted as missing were not lost.
   */
  check(sequence: number, count: number | undefined): number {
    const before = this.#lost;
    // Late packets may not have been counted as lost: duplicates, or those from before the start of the bot.
    this.#lost = Math.max(0, before + this.#change(sequence, count));
    return this.#lost - before;
  }

  #change(sequence: number, count: number | undefined): number {
    if (count === undefined) {
      // The next number may be any, so start over.
      this.#sequences.length = this.#candidates.length = 0;
      return 0;
    }
    const late = this.#isLate(sequence, count) ? -count : 0;
    const current = this.#sequences.find((position) => continues(position, sequence, count));
    if (current !== undefined) {
      this.#advance(current, sequence, count);
      return late;
    }
    const candidate = this.#candidates.find((position) => continues(position, sequence, count));
    if (candidate !== undefined) {
      move(candidate, sequence, count);
      if (++candidate.continued < MIN_CONTINUED) return late;
      this.#candidates.splice(this.#candidates.indexOf(candidate), 1);
      add(this.#sequences, candidate);
      return late - candidate.gap;
    }
    const nearest = late < 0 ? undefined : this.#nearest(sequence);
    if (nearest !== undefined) {
      const gap = distance(nearest.expected, sequence);
      add(this.#candidates, { ...nearest, continued: 0, gap });
      this.#advance(nearest, sequence, count);
      return gap;
    }
    const position = { latest: sequence, expected: (sequence + count) >>> 0, continued: 0, gap: 0 };
    add(this.#sequences.length === 0 ? this.#sequences : this.#candidates, position);
    return late;
  }

  /** Whether a packet is one that others of a sequence have overtaken. */
  #isLate(sequence: number, count: number): boolean {
    const max = MAX_PACKETS_LATE * Math.max(1, count);
    return this.#sequences.some(({ expected }) => {
      const behind = distance(sequence, expected);
      return behind > 0 && behind <= max;
    });
  }

  /** Returns the sequence from which a number is the least ahead. */
  #nearest(sequence: number): Position | undefined {
    let nearest: Position | undefined;
    let least = MAX_GAP;
    for (const position of this.#sequences) {
      const ahead = distance(position.expected, sequence);
      if (ahead <= least) [nearest, least] = [position, ahead];
    }
    return nearest;
  }

  #advance(position: Position, sequence: number, count: number): void {
    move(position, sequence, count);
    if (this.#sequences[0] === position) return;
    this.#sequences.splice(this.#sequences.indexOf(position), 1);
    this.#sequences.unshift(position);
  }
}

function continues({ expected, latest }: Position, sequence: number, count: number): boolean {
  // softflowd includes the records of an IPFIX message in the number of the message itself.
  return sequence === expected || count > 0 && sequence === (latest + count) >>> 0;
}

function move(position: Position, sequence: number, count: number): void {
  position.latest = sequence;
  position.expected = (sequence + count) >>> 0;
}

function add(positions: Position[], position: Position): void {
  positions.unshift(position);
  if (positions.length > MAX_POSITIONS) positions.pop();
}

/** Returns how far it is from one number to another, which may have wrapped. */
function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}
