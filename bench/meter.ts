import process from "node:process";

/** What a piece of work has cost. */
export interface Cost {
  /** From start to end. */
  readonly seconds: number;
  /** User and system time of the process, in seconds. */
  readonly cpu: number;
  /** The longest time in which the event loop did nothing else, in milliseconds. */
  readonly held: number;
  /** The most memory that the process has taken since its start, in MB. */
  readonly rss: number;
}

const TICK_MS = 2;

/** Measures what this process does from its construction until `stop()`. */
export class Meter {
  readonly #startMs = performance.now();
  readonly #startCpu = process.cpuUsage();
  readonly #timer: ReturnType<typeof setInterval>;
  #lastMs = this.#startMs;
  #heldMs = 0;

  /** @param onTick Called every 2 ms; may be what stops the meter. */
  constructor(onTick?: () => void) {
    this.#timer = setInterval(() => {
      this.#tick();
      onTick?.();
    }, TICK_MS);
  }

  /** Ends the measurement. */
  stop(): Cost {
    clearInterval(this.#timer);
    this.#tick();
    const { user, system } = process.cpuUsage(this.#startCpu);
    return {
      seconds: (this.#lastMs - this.#startMs) / 1000,
      cpu: (user + system) / 1e6,
      held: this.#heldMs,
      // In KiB.
      rss: process.resourceUsage().maxRSS * 1024 / 1e6,
    };
  }

  #tick(): void {
    const now = performance.now();
    this.#heldMs = Math.max(this.#heldMs, now - this.#lastMs - TICK_MS);
    this.#lastMs = now;
  }
}

const TICKS_PER_SECOND = 100;

/** Returns the CPU time of the programs that this process has started and that have ended, in seconds. Needs Linux. */
export async function cpuOfPrograms(): Promise<number> {
  // Deno itself reads nothing there without all permissions.
  const args = [`/proc/${process.pid}/stat`];
  const { stdout } = await new Deno.Command("cat", { args }).output();
  const fields = new TextDecoder().decode(stdout).split(") ")[1]!.split(" ");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
