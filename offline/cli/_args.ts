// The type of the result of `parseArgs`, computed from its options. The names and the order of the type
// parameters are those of the real package. Dotted names ("a.b") are not typed here.

/** Names in a `string`, `collect` or `negatable` option. */
export type Names = string | undefined;

/** Names in the `boolean` option, or `true` if every flag is boolean. */
export type BooleanNames = boolean | string | undefined;

/** The aliases of each flag. */
export type Aliases<TArgNames = string, TAliasNames extends string = string> = {
  [Name in Extract<TArgNames, string>]?:
    | TAliasNames
    | ReadonlyArray<TAliasNames>;
};

/** The names in an option that may have none. */
type Listed<TNames> = Extract<TNames, string>;

/** `false` for a flag that can be negated. */
type Negated<TName, TNegatable> = TName extends TNegatable ? false : never;

/** The flags in the options, before defaults and aliases. */
type Flags<
  TBooleans extends BooleanNames,
  TStrings extends Names,
  TCollectable extends Names,
  TNegatable extends Names,
> =
  & {
    [Name in Exclude<Listed<TStrings>, TCollectable>]?:
      | string
      | Negated<Name, TNegatable>;
  }
  & {
    [Name in Extract<Listed<TStrings>, TCollectable>]:
      | string[]
      | Negated<Name, TNegatable>;
  }
  & { [Name in Exclude<Listed<TBooleans>, TCollectable>]: boolean }
  & { [Name in Extract<Listed<TBooleans>, TCollectable>]: boolean[] }
  & {
    [
      Name in Exclude<
        Listed<TCollectable>,
        Listed<TStrings> | Listed<TBooleans>
      >
    ]:
      | unknown[]
      | Negated<Name, TNegatable>;
  };

/** The same flags, always present if they have a default. */
type WithDefaults<TFlags, TDefaults> = TDefaults extends undefined ? TFlags
  :
    & Omit<TFlags, keyof TDefaults>
    & {
      [Name in keyof TDefaults]: Name extends keyof TFlags
        ? TDefaults[Name] | NonNullable<TFlags[Name]>
        : unknown;
    };

/** The same flags, also by their aliases. */
type WithAliases<TFlags, TAliases> = {
  [Name in keyof TFlags as Name | OtherNames<Name, TAliases>]: TFlags[Name];
};

type OtherNames<TName, TAliases> = TName extends keyof TAliases
  ? TAliases[TName] extends ReadonlyArray<infer Other extends string>
    ? string extends Other ? never : Other
  : TAliases[TName] extends string ? string extends TAliases[TName] ? never : TAliases[TName]
  : never
  : never;

/** Whether no option sets a type: then every flag has any type. */
type Untyped<TBooleans, TStrings, TCollectable> = undefined extends TStrings
  ? undefined extends TCollectable ? undefined extends TBooleans ? true
    : false extends TBooleans ? true
    : false
  : false
  : false;

/** All flags of a call, by name. */
export type Values<
  TBooleans extends BooleanNames,
  TStrings extends Names,
  TCollectable extends Names,
  TNegatable extends Names,
  TDefaults extends Record<string, unknown> | undefined,
  TAliases extends Aliases | undefined,
> = Untyped<TBooleans, TStrings, TCollectable> extends true
  // deno-lint-ignore no-explicit-any -- as in the real package: without types, anything goes
  ? Record<string, any>
  :
    & Record<string, unknown>
    & WithAliases<
      WithDefaults<
        Flags<TBooleans, TStrings, TCollectable, TNegatable>,
        TDefaults
      >,
      TAliases
    >;

/** Defaults for the flags in the options, and for others. */
export type Defaults<TBooleans extends BooleanNames, TStrings extends Names> =
  & Record<string, unknown>
  & { [Name in Listed<TBooleans> | Listed<TStrings>]?: unknown };

/** Merges an intersection of object types into one. */
type Merged<T> = T extends infer Whole ? { [Key in keyof Whole]: Whole[Key] }
  : never;

/** The arguments after `--`. */
type DoubleDash = {
  /** The arguments that appear after the double dash. */
  "--"?: Array<string>;
};

/** The result of `parseArgs`. */
export type Args<
  // deno-lint-ignore no-explicit-any -- as in the real package: without types, anything goes
  TArgs extends Record<string, unknown> = Record<string, any>,
  TDoubleDash extends boolean | undefined = undefined,
> = Merged<
  & TArgs
  & {
    /** The arguments that belong to no flag. */
    _: Array<string | number>;
  }
  & (boolean extends TDoubleDash ? DoubleDash
    : true extends TDoubleDash ? Required<DoubleDash>
    : Record<never, never>)
>;

/** Options for `parseArgs`. */
export interface ParseOptions<
  TBooleans extends BooleanNames = BooleanNames,
  TStrings extends Names = Names,
  TCollectable extends Names = Names,
  TNegatable extends Names = Names,
  TDefault extends Record<string, unknown> | undefined =
    | Record<string, unknown>
    | undefined,
  TAliases extends Aliases | undefined = Aliases | undefined,
  TDoubleDash extends boolean | undefined = boolean | undefined,
> {
  /**
   * Whether what follows `--` goes to `"--"` of the result instead of `_`.
   *
   * @default {false}
   */
  "--"?: TDoubleDash;
  /**
   * Aliases of flags.
   *
   * @default {{}}
   */
  alias?: TAliases;
  /**
   * Flags without a value, `false` by default. `true`: every `--flag` without `=`.
   *
   * @default {false}
   */
  boolean?: TBooleans | ReadonlyArray<Listed<TBooleans>>;
  /**
   * Default values.
   *
   * @default {{}}
   */
  default?: TDefault & Defaults<TBooleans, TStrings>;
  /**
   * Whether everything after the first argument that is not a flag goes to `_` as it is.
   *
   * @default {false}
   */
  stopEarly?: boolean;
  /**
   * Flags whose value stays a string, even if it looks like a number.
   *
   * @default {[]}
   */
  string?: TStrings | ReadonlyArray<Listed<TStrings>>;
  /**
   * Flags that can be repeated; their values are collected in an array.
   *
   * @default {[]}
   */
  collect?: TCollectable | ReadonlyArray<Listed<TCollectable>>;
  /**
   * Flags that `--no-flag` sets to `false`.
   *
   * @default {[]}
   */
  negatable?: TNegatable | ReadonlyArray<Listed<TNegatable>>;
  /**
   * Called with each argument that is not in the options; `false` leaves the argument out.
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
