import type { CollectorStats } from "../../mod.ts";
import type { Stage } from "./stage.ts";

/** Checks at many moments that every value that was handed over is either sent, refused, dropped or waiting. */
export class Books {
  readonly #problems = new Set<string>();
  #stage: Pick<Stage, "bot" | "begun" | "accepted"> | undefined;
  #last: CollectorStats["values"] | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #checks = 0;

  /** The number of checks. */
  get checks(): number {
    return this.#checks;
  }

  /** What was wrong so far. */
  get problems(): readonly string[] {
    return [...this.#problems];
  }

  /** Begins to check. Ends with the result. */
  watch(stage: Pick<Stage, "bot" | "begun" | "accepted">): Disposable {
    this.#stage = stage;
    this.#timer = setInterval(() => this.check("between two turns"));
    return {
      [Symbol.dispose]: () => {
        this.#stage = undefined;
        clearInterval(this.#timer);
      },
    };
  }

  /** Checks once. Does nothing unless it watches. */
  readonly check = (moment: string): void => {
    const stage = this.#stage;
    if (stage === undefined) return;
    this.#checks++;
    const stats = stage.bot.stats().values;
    const { handedOver, sent, refused, dropped, waiting, quarantined, oldestAge } = stats;
    const expect = (holds: boolean, what: string) => {
      if (!holds) this.#problems.add(`${moment}: ${what}: ${JSON.stringify(stats)}`);
    };
    expect(
      handedOver >= stage.accepted.length && handedOver <= stage.begun,
      `not from ${stage.accepted.length} to ${stage.begun} handed over`,
    );
    expect(handedOver === sent + refused + dropped + waiting, "the sum is wrong");
    expect(quarantined <= waiting, "more quarantined than waiting");
    expect((oldestAge === null) === (waiting === 0), "the oldest age does not match");
    for (const name of ["handedOver", "sent", "refused"] as const) {
      expect(stats[name] >= (this.#last?.[name] ?? 0), `${name} went down`);
    }
    this.#last = stats;
  };

  /** A `fetch` that checks before each request and after each answer. */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    this.check("before a request");
    try {
      return await fetch(input, init);
    } finally {
      this.check("after an answer");
    }
  };
}
