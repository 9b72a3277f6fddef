/** Thrown when JSON does not have the expected shape. Its message completes a sentence that ends with "returned". */
export class WireError extends TypeError {
  /** Constructs a new instance. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WireError";
  }
}

/** Parses the JSON of an answer; `undefined` if it has no body. */
export function parseBody(body: string): unknown {
  return body === "" ? undefined : JSON.parse(body);
}

/** Reads and validates the fields of a JSON object. A {@linkcode WireError} names an invalid field. */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #noun: string | (() => string);
  readonly #prefix: string;

  /**
   * Constructs a new instance.
   *
   * @param json The object.
   * @param noun What the object describes, with an article, such as `"an entity (id 17)"`; a function where there are
   * thousands.
   * @param path The path of the object within that, if it is nested.
   * @throws {WireError} If it is not an object.
   */
  constructor(json: unknown, noun: string | (() => string), path?: string) {
    if (!isObject(json)) {
      throw new WireError(
        path === undefined
          ? `${textOf(noun)} that is ${kindOf(json)}, expected an object`
          : `${textOf(noun)} whose "${path}" is ${kindOf(json)}, expected an object`,
      );
    }
    this.#object = json;
    this.#noun = noun;
    this.#prefix = path === undefined ? "" : `${path}.`;
  }

  /** Reads a field of any type, which must exist. */
  any(name: string): unknown {
    const value = this.#get(name);
    return value === undefined ? this.#refuse(name, "any JSON") : value;
  }

  /** Reads a string. */
  string(name: string): string {
    const value = this.#get(name);
    return typeof value === "string" ? value : this.#refuse(name, "a string");
  }

  /** Reads a number. */
  number(name: string): number {
    const value = this.#get(name);
    return Number.isFinite(value) ? value as number : this.#refuse(name, "a number");
  }

  /** Reads a whole number. */
  integer(name: string): number {
    const value = this.#get(name);
    return Number.isSafeInteger(value) ? value as number : this.#refuse(name, "a whole number");
  }

  /** Reads a boolean. */
  boolean(name: string): boolean {
    const value = this.#get(name);
    return typeof value === "boolean" ? value : this.#refuse(name, "true or false");
  }

  /** Reads a list. */
  array(name: string): readonly unknown[] {
    const value = this.#get(name);
    return Array.isArray(value) ? value : this.#refuse(name, "a list");
  }

  /** Reads an object. */
  object(name: string): Readonly<Record<string, unknown>> {
    const value = this.#get(name);
    return isObject(value) ? value : this.#refuse(name, "an object");
  }

  /** Returns `null` if the field is `null` or missing, or else the result of `read`. */
  nullable<T>(name: string, read: (name: string) => T): T | null {
    return (this.#get(name) ?? null) === null ? null : read(name);
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
  }

  #refuse(name: string, expected: string): never {
    throw new WireError(
      `${textOf(this.#noun)} whose "${this.#prefix}${name}" is ${
        kindOf(this.#get(name))
      }, expected ${expected}`,
    );
  }
}

function textOf(noun: string | (() => string)): string {
  return typeof noun === "string" ? noun : noun();
}

/** Whether a value is an object in terms of JSON. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Strings are not repeated, because they may be secrets in the wrong place.
function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return "a string";
  return String(value);
}
