/** PostgreSQL's largest INTEGER. */
export const MAX_ID = 2_147_483_647;

/** The random ids and tokens of one installation. */
export class Ids {
  readonly #random: () => number;
  readonly #taken = new Set<number>();

  /** @param random Random numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** A random id that is not in use. */
  next = (): number => {
    while (true) {
      const id = 1 + Math.floor(this.#random() * MAX_ID);
      if (!this.#taken.has(id)) return this.take(id);
    }
  };

  /** Reserves an id. */
  take(id: number): number {
    this.#taken.add(id);
    return id;
  }

  /** Random hexadecimal digits. */
  digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(this.#random() * 16).toString(16)).join("");

  /** A random UUID. */
  uuid(): string {
    const variant = "89ab"[Math.floor(this.#random() * 4)];
    const { digits } = this;
    return `${digits(8)}-${digits(4)}-4${digits(3)}-${variant}${digits(3)}-${digits(12)}`;
  }
}
