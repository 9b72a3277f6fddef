/** Thrown when JSON is not what Grafolean would send. Its message is the end of a sentence: "answered" comes before. */
export class WireError extends TypeError {
  /** Makes an error that says what is wrong. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WireError";
  }
}

/** Reads the fields of one JSON object, and names the one that is not what it should be. */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #noun: string;
  readonly #prefix: string;

  /**
   * Makes a reader.
   *
   * @param json What should be an object.
   * @param noun What it is, with its article, such as `"an entity (id 17)"`.
   * @param path Where in it the object is found.
   * @throws {WireError} If it is no object.
   */
  constructor(json: unknown, noun: string, path?: string) {
    if (!isObject(json)) {
      throw new WireError(
        path === undefined
          ? `${noun} that is ${kindOf(json)}, expected an object`
          : `${noun} whose "${path}" is ${kindOf(json)}, expected an object`,
      );
    }
    this.#object = json;
    this.#noun = noun;
    this.#prefix = path === undefined ? "" : `${path}.`;
  }

  /** Whatever the field holds; it must be there. */
  any(name: string): unknown {
    const value = this.#get(name);
    return value === undefined ? this.#refuse(name, "any JSON") : value;
  }

  /** A text. */
  string(name: string): string {
    const value = this.#get(name);
    return typeof value === "string" ? value : this.#refuse(name, "a string");
  }

  /** A number. */
  number(name: string): number {
    const value = this.#get(name);
    return Number.isFinite(value) ? value as number : this.#refuse(name, "a number");
  }

  /** A whole number. */
  integer(name: string): number {
    const value = this.#get(name);
    return Number.isSafeInteger(value) ? value as number : this.#refuse(name, "a whole number");
  }

  /** A boolean. */
  boolean(name: string): boolean {
    const value = this.#get(name);
    return typeof value === "boolean" ? value : this.#refuse(name, "true or false");
  }

  /** A list. */
  array(name: string): readonly unknown[] {
    const value = this.#get(name);
    return Array.isArray(value) ? value : this.#refuse(name, "a list");
  }

  /** An object. */
  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.#get(name);
    return isObject(value) ? value : this.#refuse(name, "an object");
  }

  /** `null` where the field is `null` or missing, otherwise what `read` makes of it. */
  nullable<T>(name: string, read: (name: string) => T): T | null {
    return (this.#get(name) ?? null) === null ? null : read(name);
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  #refuse(name: string, expected: string): never {
    throw new WireError(
      `${this.#noun} whose "${this.#prefix}${name}" is ${
        kindOf(this.#get(name))
      }, expected ${expected}`,
    );
  }
}

/** Whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Texts are not repeated: they may be a secret in the wrong place.
function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return "a string";
  return String(value);
}
