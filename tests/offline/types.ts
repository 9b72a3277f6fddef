/** `true` if two types are identical. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/** Fails the type check unless its type argument is `true`. */
export function assertType<_T extends true>(): void {}
