import type { ProblemLog } from "../util/problem_log.ts";
import { accountScope } from "../util/problem_scope.ts";
import type { RefusedByBackend } from "./account_queue.ts";
import type { AccountSender, SettledRequest } from "./account_sender.ts";

// Not each path that fails for a moment is worth a line.
const QUARANTINE_LOGGED_AFTER_MS = 10_000;

const MAX_PATHS = 5;

// How long a loss is a problem, in seconds.
const DROPS_EXPIRE_AFTER_S = 600;

/** Logs what keeps values from being delivered. */
export class DeliveryLog {
  readonly #problems: ProblemLog;

  /** Constructs a new instance. */
  constructor(problems: ProblemLog) {
    this.#problems = problems;
  }

  /** Called with the outcome of each request. */
  settled({ sender, request, verdict, error, refused }: SettledRequest): void {
    const { accountId, failure } = sender;
    const scope = accountScope(accountId);
    for (const each of refused) this.#logRefused(accountId, each);
    if (failure === undefined) this.#problems.clear("delivery", { scope });
    // After a restart of its database, each worker of the backend fails once.
    else if (!failure.isBrief) {
      const passes = failure.kind === "unavailable" || failure.kind === "ambiguous";
      const advice = failure.kind === "ambiguous"
        ? "; they are kept and sent again: look for the error in the log of Grafolean"
        : "";
      this.#problems.raise(
        "delivery",
        `Cannot deliver values of account ${accountId}: ${reasonOf(error)}${advice}`,
        { scope, kind: "accounts without delivery", level: passes ? "warn" : "error" },
      );
    }
    if (verdict.kind === "denied") this.#logForbidden(sender, request.method, error);
    if (verdict.kind === "stored") this.#problems.clear(request.method, { scope });
    if (request.isolated !== undefined) this.#logQuarantine(sender);
  }

  /** Called when nothing of an account waits any more. */
  idle({ accountId }: AccountSender): void {
    const scope = accountScope(accountId);
    for (const key of ["delivery", "quarantine"]) this.#problems.clear(key, { scope });
  }

  /** Called when values were dropped. */
  dropped(count: number): void {
    this.#problems.raise(
      "dropped values",
      "Dropping the oldest waiting values: more are waiting, or for longer, than maxWaitingValues, maxWaitingBytes, " +
        "maxOutboxFileBytes or maxWaitingAge allow; find out why they are not delivered, or raise the bound",
      {
        kind: "dropped values",
        level: "error",
        times: count,
        expiresAfter: DROPS_EXPIRE_AFTER_S,
      },
    );
  }

  /** One of two methods is forbidden; if both are, nothing gets through. */
  #logForbidden(
    { accountId, failure }: AccountSender,
    method: "POST" | "PUT",
    error: Error | undefined,
  ): void {
    if (failure !== undefined) return;
    const what = method === "POST"
      ? `Sending all values of account ${accountId} by PUT`
      : `Cannot deliver values of account ${accountId} that had to wait`;
    this.#problems.raise(method, `${what}: ${error?.message}`, {
      scope: accountScope(accountId),
      kind: "missing permissions",
      level: method === "POST" ? "warn" : "error",
    });
  }

  #logQuarantine({ accountId, queue }: AccountSender): void {
    const scope = accountScope(accountId);
    const paths = queue.quarantinedPaths(performance.now(), QUARANTINE_LOGGED_AFTER_MS);
    if (paths.length === 0) return this.#problems.clear("quarantine", { scope });
    const named = paths.slice(0, MAX_PATHS).map((path) => JSON.stringify(path)).join(", ");
    const more = paths.length > MAX_PATHS ? ` and ${paths.length - MAX_PATHS} more paths` : "";
    this.#problems.raise(
      "quarantine",
      `Grafolean fails on values of account ${accountId} at ${named}${more}, and stores all others: they are kept and ` +
        "sent again from time to time; look for the error in the log of Grafolean",
      { scope, kind: "paths in quarantine" },
    );
  }

  #logRefused(accountId: number, { value: { p, v }, reason }: RefusedByBackend): void {
    const message = `Value ${v} at ${
      JSON.stringify(p)
    } of account ${accountId} was refused by Grafolean: ${reason}`;
    this.#problems.event("refused values", message);
  }
}

/** The message of an error without the request, which differs from one attempt to the next. */
function reasonOf(error: Error | undefined): string | undefined {
  return error?.message.replace(/ \((?:POST|PUT) \S+\)$/, "");
}
