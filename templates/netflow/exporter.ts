import type { ProblemLog } from "@grafolean/collector";
import type { Aggregator } from "./aggregator/aggregator.ts";
import type { Traffic } from "./aggregator/traffic.ts";
import type { ByDirection } from "./aggregator/window.ts";
import type { Decoder, DecoderCounts } from "./decoder/decoder.ts";
import type { Flow } from "./decoder/flow.ts";
import type { Device } from "./device.ts";

/** What could not be counted, and how often. */
export type Losses = Pick<DecoderCounts, "lost" | "malformed" | "undecodable">;

/** A problem with packets that has not recurred for this long is over, in seconds. */
export const QUIET_S = 600;

/** An address that is a device in Grafolean, or several: its decoder, and its place in the aggregator. */
export class Exporter {
  /** Decodes its packets. */
  readonly decoder: Decoder;
  /** The devices; none until they have been read from Grafolean after a restart. */
  devices: readonly Device[] = [];
  readonly #address: string;
  readonly #aggregator: Aggregator;
  /** What {@linkcode takeLosses} has returned in total. */
  readonly #taken: Losses;
  #traffic: ByDirection<Traffic> | undefined;

  /** Constructs a new instance. Counts only what the decoder counts from now on. */
  constructor(address: string, decoder: Decoder, aggregator: Aggregator) {
    this.decoder = decoder;
    this.#address = address;
    this.#aggregator = aggregator;
    this.#taken = { ...decoder.counts };
  }

  /** Adds the flows of a packet to the open minute. */
  receive(packet: Uint8Array, now: number): void {
    this.#traffic = this.#aggregator.trafficOf(this.#address, now);
    this.decoder.decode(packet, now, this.#add);
  }

  readonly #add = (flow: Flow): void => {
    const { ingress, egress } = this.#traffic!;
    (flow.isEgress ? egress : ingress).add(flow);
  };

  /** Returns what was lost since the last call, and logs why. Call it every minute. */
  takeLosses(problems: ProblemLog): Losses {
    const { malformedReason, undecodableReason } = this.decoder;
    const take = (kind: keyof Losses, message: string): number => {
      // Packets that arrive late after all are subtracted from what is lost later.
      const count = Math.max(0, this.decoder.counts[kind] - this.#taken[kind]);
      if (count === 0) return 0;
      this.#taken[kind] += count;
      problems.raise(kind, message, {
        scope: `exporter ${this.#address}`,
        kind: "problems of exporters",
        expiresAfter: QUIET_S,
      });
      return count;
    };
    return {
      lost: take(
        "lost",
        `Packets of ${this} are lost on the way: enlarge the kernel's buffer ` +
          "(README, Requirements), or look for the loss in the network",
      ),
      malformed: take(
        "malformed",
        `Cannot decode all packets of ${this}: ${malformedReason} (README, Losses)`,
      ),
      undecodable: take(
        "undecodable",
        `Cannot count all flows of ${this}: ${undecodableReason} (README, Losses)`,
      ),
    };
  }

  /** Returns what to call it in the log. */
  toString(): string {
    const names = this.devices.map(({ name }) => `"${name}"`).join(" and ");
    return names === "" ? this.#address : `${names} (${this.#address})`;
  }
}
