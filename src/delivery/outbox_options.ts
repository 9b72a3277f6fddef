import type { GrafoleanClient } from "../grafolean/client.ts";
import type { BackoffOptions } from "../util/backoff.ts";
import type { Logger } from "../util/log.ts";
import type { OutboxStore, StoreSize } from "./store/outbox_store.ts";

/** What an outbox is made of. */
export interface OutboxOptions {
  /** Sends the requests. */
  readonly client: GrafoleanClient;
  /** Keeps the values. The outbox closes it. */
  readonly store: OutboxStore;
  /** Hears what goes wrong. */
  readonly log: Logger;
  /** Whether fresh values are first tried by POST, or everything goes by PUT. @default "post" */
  readonly delivery?: "post" | "put" | undefined;
  /** The most that may wait. @default 1,000,000 values or 256 MiB */
  readonly bounds?: Partial<StoreSize> | undefined;
  /** The waits between tries. */
  readonly backoff?: BackoffOptions | undefined;
  /** The wait between tries where somebody has to do something first, in milliseconds. @default 60_000 */
  readonly slowMs?: number | undefined;
  /** How long after a store could not be read it is looked through again, in milliseconds. @default 30_000 */
  readonly rescanMs?: number | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Milliseconds by a clock that only goes forward. @default performance.now */
  readonly steadyNow?: (() => number) | undefined;
}

/** What an outbox has done so far, and what it has to do. */
export interface OutboxStats {
  /** Values that the backend has taken. */
  readonly sent: number;
  /** Values that the backend will not take. */
  readonly refused: number;
  /** Values that had to be forgotten since too much waited. */
  readonly dropped: number;
  /** Values that wait. */
  readonly waiting: number;
  /** About how many bytes these take. */
  readonly waitingBytes: number;
  /** Where they wait. */
  readonly place: string;
}
