import type { Suite } from "./harness/suite.ts";
import { refresh } from "./suites/refresh.ts";
import { scheduler } from "./suites/scheduler.ts";

/** All suites, in the order of the README. */
export const SUITES: readonly Suite[] = [
  scheduler,
  refresh,
];
