import type { ActiveFault, Fault, Faults } from "../faults.ts";

/** A switch as the page shows it. */
export interface FaultSwitch {
  /** Its name in URLs. */
  readonly name: string;
  /** What the page calls it. */
  readonly label: string;
  /** What it does, in a sentence. */
  readonly about: string;
  /** Whether it is on. */
  readonly on: boolean;
  /** The requests that it has affected since it was switched on last. */
  readonly hits: number;
  /** The path that it is about; `null` before one was chosen; absent where it is about all. */
  readonly path?: string | null;
}

/** What a request to switch asks for. */
export interface FaultChange {
  /** Whether the fault is to be on. */
  readonly on: boolean;
  /** The path, for a fault of one path. */
  readonly path: string | undefined;
}

interface Kind {
  readonly label: string;
  readonly about: string;
  readonly hasPath?: boolean;
  readonly fault: Fault;
}

const KINDS: Readonly<Record<string, Kind>> = {
  away: {
    label: "Backend away",
    about: "Breaks every connection, as if Grafolean were down: the values wait in the bot.",
    fault: { drop: "before-body" },
  },
  error: {
    label: "Error 500",
    about: "Answers every request with 500 Internal Server Error: the values wait in the bot.",
    fault: { status: 500 },
  },
  slow: {
    label: "Slow, 3 s",
    about: "Answers every request 3 seconds late.",
    fault: { latency: 3 },
  },
  token: {
    label: "Token revoked",
    about: "Refuses the token with 401: the values wait in the bot until it is valid again.",
    // Whoever asks for the status needs no token.
    fault: { status: 401, when: ({ path }) => !path.startsWith("/status/") },
  },
  path: {
    label: "Bad path",
    about:
      "Answers 500 to all values sent together with one of this path: the bot finds it, and sends the others without it.",
    hasPath: true,
    fault: { status: 500 },
  },
};

/** The faults that the page can switch on and off. */
export class FaultSwitches {
  readonly #faults: Faults;
  readonly #switched = new Map<string, { active: ActiveFault; on: boolean; path?: string }>();

  /** Constructs a new {@linkcode FaultSwitches} instance with everything off. */
  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** The switches, in the order in which the page shows them. */
  list(): FaultSwitch[] {
    return Object.entries(KINDS).map(([name, { label, about, hasPath }]) => {
      const { active, on = false, path = null } = this.#switched.get(name) ?? {};
      const hits = active?.hits ?? 0;
      return { name, label, about, on, hits, ...(hasPath && { path }) };
    });
  }

  /** Whether there is a switch of this name. */
  has(name: string): boolean {
    return Object.hasOwn(KINDS, name);
  }

  /**
   * Switches a fault on or off.
   *
   * @returns Whether it was possible: a fault of one path needs a path.
   */
  set(name: string, { on, path }: FaultChange): boolean {
    const { fault, hasPath = false } = KINDS[name]!;
    if (on && hasPath && !path) return false;
    const last = this.#switched.get(name);
    last?.active.remove();
    if (on) {
      const chosen = hasPath ? { path: path! } : {};
      this.#switched.set(name, {
        active: this.#faults.add({ ...fault, ...chosen }),
        on,
        ...chosen,
      });
    } else if (last) last.on = false;
    return true;
  }

  /** Switches everything off. */
  clear(): void {
    for (const { active } of this.#switched.values()) active.remove();
    this.#switched.clear();
  }
}
