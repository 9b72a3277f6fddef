// What `parseArgs` returns, worked out from its options. The names and the order of the type
// parameters are those of the real package. Dotted names ("a.b") are not typed here.

/** Names of a `string`, `collect` or `negatable` option. */
export type Names = string | undefined;

/** Names of the `boolean` option, or `true` where every flag is one. */
export type BooleanNames = boolean | string | undefined;

/** The other names of a flag, by its name. */
export type Aliases<TArgNames = string, TAliasNames extends string = string> = {
  [Name in Extract<TArgNames, string>]?:
    | TAliasNames
    | ReadonlyArray<TAliasNames>;
};

/** The names out of an option that may be no names at all. */
type Listed<TNames> = Extract<TNames, string>;

/** `false` for a flag that can be negated. */
type Negated<TName, TNegatable> = TName extends TNegatable ? false : never;

/** The flags the options name, before defaults and aliases. */
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

/** The same flags, those with a default always there. */
type WithDefaults<TFlags, TDefaults> = TDefaults extends undefined ? TFlags
  :
    & Omit<TFlags, keyof TDefaults>
    & {
      [Name in keyof TDefaults]: Name extends keyof TFlags
        ? TDefaults[Name] | NonNullable<TFlags[Name]>
        : unknown;
    };

/** The same flags, also by their other names. */
type WithAliases<TFlags, TAliases> = {
  [Name in keyof TFlags as Name | OtherNames<Name, TAliases>]: TFlags[Name];
};

type OtherNames<TName, TAliases> = TName extends keyof TAliases
  ? TAliases[TName] extends ReadonlyArray<infer Other extends string>
    ? string extends Other ? never : Other
  : TAliases[TName] extends string ? string extends TAliases[TName] ? never : TAliases[TName]
  : never
  : never;

/** Whether no option says anything about types: then every flag may be anything. */
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

/** Defaults for the flags that are named; others may have one as well. */
export type Defaults<TBooleans extends BooleanNames, TStrings extends Names> =
  & Record<string, unknown>
  & { [Name in Listed<TBooleans> | Listed<TStrings>]?: unknown };

/** One object type out of an intersection of them. */
type Merged<T> = T extends infer Whole ? { [Key in keyof Whole]: Whole[Key] }
  : never;

/** The arguments after `--`. */
type DoubleDash = {
  /** The arguments that appear after the double dash. */
  "--"?: Array<string>;
};

/** What `parseArgs` returns. */
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
   * Other names of flags.
   *
   * @default {{}}
   */
  alias?: TAliases;
  /**
   * Flags without a value, `false` where they are not given. `true`: every `--flag` without `=`.
   *
   * @default {false}
   */
  boolean?: TBooleans | ReadonlyArray<Listed<TBooleans>>;
  /**
   * Values of flags that are not given.
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
   * Flags whose value stays a text, even where it looks like a number.
   *
   * @default {[]}
   */
  string?: TStrings | ReadonlyArray<Listed<TStrings>>;
  /**
   * Flags that may be given several times; their values are put in an array.
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
   * Called with each argument the options do not name; it is left out where this returns `false`.
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}
