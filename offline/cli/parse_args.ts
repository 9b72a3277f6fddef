import type { Aliases, Args, BooleanNames, Names, ParseOptions, Values } from "./_args.ts";

export type { Args, ParseOptions } from "./_args.ts";

/**
 * Parses command-line arguments: `--flag`, `--flag value`, `--flag=value`, `--no-flag`, `-abc`,
 * `-n 5`, `-n5`, `--a.b=c`, and positional arguments.
 *
 * @param args The arguments, usually `Deno.args`.
 * @param options The flags with their types, defaults and aliases.
 * @returns The flags by name, and the positional arguments in `_`.
 */
export function parseArgs<
  TArgs extends Values<
    TBooleans,
    TStrings,
    TCollectable,
    TNegatable,
    TDefaults,
    TAliases
  >,
  TDoubleDash extends boolean | undefined = undefined,
  TBooleans extends BooleanNames = undefined,
  TStrings extends Names = undefined,
  TCollectable extends Names = undefined,
  TNegatable extends Names = undefined,
  TDefaults extends Record<string, unknown> | undefined = undefined,
  TAliases extends Aliases<TAliasArgNames, TAliasNames> | undefined = undefined,
  TAliasArgNames extends string = string,
  TAliasNames extends string = string,
>(
  args: readonly string[],
  options: ParseOptions<
    TBooleans,
    TStrings,
    TCollectable,
    TNegatable,
    TDefaults,
    TAliases,
    TDoubleDash
  > = {},
): Args<TArgs, TDoubleDash> {
  const flags = new Flags(options as ParseOptions);
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);

  for (let at = 0; at < before.length;) {
    const arg = before[at]!;
    if (arg.startsWith("-") && arg !== "-") {
      const read = arg.startsWith("--") ? readLong : readShort;
      at += read(flags, arg, before[at + 1]);
      continue;
    }
    flags.addPositional(arg);
    at++;
    if (options.stopEarly) {
      flags.positionals.push(...before.slice(at));
      break;
    }
  }
  flags.addDefaults();

  if (options["--"]) flags.values["--"] = after;
  else flags.positionals.push(...after);
  return flags.values as Args<TArgs, TDoubleDash>;
}

type Value = string | number | boolean;

/** The options of each flag, and the values found so far. */
class Flags {
  readonly positionals: (string | number)[] = [];
  readonly values: Record<string, unknown> = { _: this.positionals };
  /** Whether every long flag without `=` is a boolean. */
  readonly allBoolean: boolean;
  readonly #booleans: Set<string>;
  readonly #strings: Set<string>;
  readonly #collected: Set<string>;
  readonly #negatable: Set<string>;
  /** The aliases of each name. */
  readonly #aliases = new Map<string, string[]>();
  readonly #defaults: Record<string, unknown>;
  readonly #unknown: (arg: string, key?: string, value?: unknown) => unknown;

  constructor(options: ParseOptions) {
    for (const [name, others] of Object.entries(options.alias ?? {})) {
      if (others === undefined) {
        throw new TypeError("Alias value must be defined");
      }
      const group = [name, ...[others].flat()];
      for (const one of group) {
        this.#aliases.set(
          one,
          group.filter((other) => other !== one),
        );
      }
    }
    this.allBoolean = options.boolean === true;
    this.#booleans = this.#named(options.boolean);
    this.#strings = this.#named(options.string);
    this.#collected = this.#named(options.collect);
    this.#negatable = this.#named(options.negatable);
    this.#defaults = options.default ?? {};
    this.#unknown = options.unknown ?? (() => true);
  }

  isBoolean(name: string): boolean {
    return this.#booleans.has(name);
  }

  /** Whether the argument after this flag cannot be its value. */
  takesNoValue(name: string): boolean {
    return [name, ...this.#others(name)].some((one) => this.#booleans.has(one));
  }

  isNegatable(name: string): boolean {
    return this.#negatable.has(name);
  }

  /** The value of a flag without one. */
  bareValue(name: string): Value {
    return this.#strings.has(name) ? "" : true;
  }

  addPositional(arg: string): void {
    if (this.#unknown(arg) === false) return;
    this.positionals.push(this.#strings.has("_") ? arg : numberIfPossible(arg));
  }

  /** @param arg The whole argument, for the `unknown` option. */
  set(name: string, value: Value, arg: string, collect = true): void {
    const known = this.#booleans.has(name) || this.#strings.has(name) ||
      this.#collected.has(name) || this.#aliases.has(name) ||
      (this.allBoolean && /^--[^=]+$/.test(arg));
    if (!known && this.#unknown(arg, name, value) === false) return;

    const typed = typeof value === "string" && !this.#strings.has(name)
      ? numberIfPossible(value)
      : value;
    this.#store(name, typed, collect && this.#collected.has(name));
  }

  addDefaults(): void {
    for (const [name, value] of Object.entries(this.#defaults)) {
      if (!this.#has(name)) this.#store(name, value);
    }
    for (const name of this.#booleans) {
      if (!this.#has(name)) {
        put(this.values, name, this.#collected.has(name) ? [] : false);
      }
    }
    for (const name of this.#strings) {
      if (this.#collected.has(name) && !this.#has(name)) {
        put(this.values, name, []);
      }
    }
  }

  #named(
    option: string | boolean | readonly string[] | undefined,
  ): Set<string> {
    const names = typeof option === "boolean" ? [] : [option ?? []].flat();
    return new Set(
      names.filter((name) => name !== "").flatMap(
        (name) => [name, ...this.#others(name)],
      ),
    );
  }

  #others(name: string): readonly string[] {
    return this.#aliases.get(name) ?? [];
  }

  #store(name: string, value: unknown, collect = false): void {
    for (const one of [name, ...this.#others(name)]) {
      put(this.values, one, value, collect);
    }
  }

  #has(name: string): boolean {
    let level: unknown = this.values;
    for (const key of name.split(".")) {
      if (level === undefined || level === null || !Object.hasOwn(level, key)) {
        return false;
      }
      level = (level as Record<string, unknown>)[key];
    }
    return true;
  }
}

/** Parses `--name`, `--name=value`, `--no-name`; returns the number of arguments consumed. */
function readLong(flags: Flags, arg: string, next: string | undefined): number {
  const { no = "", name = "", value } =
    /^--(?<no>no-)?(?<name>.[^=]*)(?:=(?<value>.*))?$/s.exec(arg)?.groups ?? {};
  if (value !== undefined) {
    flags.set(name, flags.isBoolean(name) ? value !== "false" : value, arg);
    return 1;
  }
  if (no !== "" && flags.isNegatable(name)) {
    flags.set(name, false, arg, false);
    return 1;
  }
  const fullName = no + name;
  const valueFollows = next && !next.startsWith("-") && !flags.allBoolean &&
    !flags.takesNoValue(fullName);
  return setFromNext(flags, fullName, arg, next, Boolean(valueFollows));
}

/** Parses `-a`, `-abc`, `-a=value`, `-a5`; returns the number of arguments consumed. */
function readShort(
  flags: Flags,
  arg: string,
  next: string | undefined,
): number {
  for (let at = 1; at < arg.length - 1; at++) {
    const letter = arg[at]!;
    const rest = arg.slice(at + 1);
    if (rest === "-") {
      flags.set(letter, rest, arg);
      continue;
    }
    const value = valueWithin(letter, rest);
    if (value !== undefined) {
      flags.set(letter, value, arg);
      return 1;
    }
    flags.set(letter, flags.bareValue(letter), arg);
  }
  const last = arg.at(-1)!;
  if (last === "-") return 1;
  const valueFollows = next && !/^--?[^-]/.test(next) &&
    !flags.takesNoValue(last);
  return setFromNext(flags, last, arg, next, Boolean(valueFollows));
}

/** The value of `letter` if the rest of its group of letters contains one. */
function valueWithin(letter: string, rest: string): string | undefined {
  if (rest === "=") return "";
  if (/[a-z]/i.test(letter)) {
    const assigned = /=(.+)/.exec(rest)?.[1];
    if (assigned !== undefined) return assigned;
    if (/\d+(?:\.\d*)?(?:e-?\d+)?$/.test(rest)) return rest;
  }
  return rest.length > 1 && /^\W/.test(rest) ? rest : undefined;
}

/** Sets a flag, to the next argument if that is its value; returns the number of arguments consumed. */
function setFromNext(
  flags: Flags,
  name: string,
  arg: string,
  next: string | undefined,
  valueFollows: boolean,
): 1 | 2 {
  if (valueFollows) {
    flags.set(name, next!, arg);
  } else if (next === "true" || next === "false") {
    flags.set(name, next === "true", arg);
  } else {
    flags.set(name, flags.bareValue(name), arg);
    return 1;
  }
  return 2;
}

/** Sets the value at a dotted name, or adds it to the array there if `collect` is set. */
function put(
  values: Record<string, unknown>,
  name: string,
  value: unknown,
  collect = false,
): void {
  const path = name.split(".");
  // Arguments are untrusted: they must not change the prototype of all objects.
  if (path.some((key) => key === "__proto__" || key === "constructor")) return;
  const last = path.pop()!;
  let level = values;
  for (const key of path) {
    level = (level[key] ??= {}) as Record<string, unknown>;
  }

  const before = level[last];
  if (!collect) level[last] = value;
  else if (Array.isArray(before)) before.push(value);
  else level[last] = before ? [before, value] : [value];
}

function numberIfPossible(text: string): string | number {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
