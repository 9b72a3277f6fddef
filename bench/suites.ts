import type { Suite } from "./harness/suite.ts";
import { delivery } from "./suites/delivery.ts";
import { netflow } from "./suites/netflow.ts";
import { ping } from "./suites/ping.ts";
import { rate } from "./suites/rate.ts";
import { refresh } from "./suites/refresh.ts";
import { scheduler } from "./suites/scheduler.ts";
import { snmp } from "./suites/snmp.ts";
import { start } from "./suites/start.ts";

/** All suites, in the order of the README. */
export const SUITES: readonly Suite[] = [
  scheduler,
  refresh,
  start,
  delivery,
  rate,
  ping,
  snmp,
  netflow,
];
