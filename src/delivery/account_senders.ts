import { AccountSender, type SenderServices } from "./account_sender.ts";
import { FailingAccounts } from "./failing_accounts.ts";
import { SendPermits } from "./send_permits.ts";

type AccountSendersOptions = Omit<SenderServices, "permits" | "failing" | "signal">;

/** The senders of all accounts. */
export class AccountSenders implements AsyncDisposable {
  readonly #services: SenderServices;
  readonly #senders = new Map<number, AccountSender>();
  readonly #stop = new AbortController();
  readonly #failing: FailingAccounts;
  readonly #unsubscribe: () => void;

  /** Constructs a new instance without accounts. */
  constructor({ onIdle, ...options }: AccountSendersOptions) {
    const { client } = options;
    const { signal } = this.#stop;
    const failing = this.#failing = new FailingAccounts({ probe: () => client.probe(signal) });
    this.#unsubscribe = client.onReachable(() => failing.onReachable());
    this.#services = {
      ...options,
      permits: new SendPermits(),
      failing,
      signal,
      onIdle: (sender) => {
        // What failed may have been dropped.
        failing.forget(sender);
        onIdle(sender);
      },
    };
  }

  /** Returns the sender of an account. */
  of(accountId: number): AccountSender {
    let sender = this.#senders.get(accountId);
    if (sender === undefined) {
      sender = new AccountSender(accountId, this.#services);
      this.#senders.set(accountId, sender);
    }
    return sender;
  }

  /** The number of values in quarantine. */
  get quarantined(): number {
    let count = 0;
    for (const { queue } of this.#senders.values()) count += queue.quarantined;
    return count;
  }

  /** Whether it would be in vain to wait any longer, as everything that was tried after a moment has failed. */
  haveFailedSince(time: number): boolean {
    return [...this.#senders.values()].every((sender) => sender.hasFailedSince(time));
  }

  /** Tries what the bot was not allowed to do, and sends one request for each account of which nothing gets through. */
  retryNow(): void {
    for (const sender of this.#senders.values()) sender.retryNow();
  }

  /** Sends everything now that waits for a retry. */
  retryAllNow(): void {
    for (const sender of this.#senders.values()) sender.retryAllNow();
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#failing[Symbol.dispose]();
    this.#unsubscribe();
    await Promise.all([...this.#senders.values()].map((sender) => sender.rest()));
  }
}
