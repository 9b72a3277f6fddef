/** `true` where two types are the same in every way a program can see. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/** Fails the type check where it is given anything but `true`. */
export function assertType<_T extends true>(): void {}
