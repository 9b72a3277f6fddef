import { pathPart } from "@grafolean/collector";
import type { SumsReport, TableName } from "./aggregator/sums.ts";
import type { TrafficReport } from "./aggregator/traffic.ts";
import { protocolName } from "./protocol_names.ts";

/** The last part of the path of a key in each table. */
const PATHS: Readonly<Record<TableName, (key: string) => string>> = {
  addresses: (address) => `topip.${pathPart(address)}`,
  connections: (pair) => `topconn.${pair.split(" ").map(pathPart).join(".")}`,
  ports: (port) => `topdstports.${port}`,
  protocols: (protocol) => `topprotocol.${pathPart(protocolName(Number(protocol)))}`,
};

/**
 * Iterates over the values of one exporter: path and bytes. Dashboards use these paths:
 *
 * - `prefix`, which is `netflow.<window>.<direction>.entity.<id>`: all of its bytes,
 * - `….topip.<address>`, `….topprotocol.<name>`, `….topconn.<from>.<to>`, `….topdstports.<port>`,
 * - `….if.<index>`, with `.topip.<address>`, `.topprotocol.<name>`: the same for an interface.
 */
export function* trafficValues(
  prefix: string,
  report: TrafficReport,
): Generator<readonly [path: string, bytes: number]> {
  yield* sumsValues(prefix, report);
  for (const each of report.interfaces) yield* sumsValues(`${prefix}.if.${each.index}`, each);
}

function* sumsValues(
  prefix: string,
  { bytes, top }: SumsReport,
): Generator<readonly [path: string, bytes: number]> {
  yield [prefix, bytes];
  for (const [table, path] of Object.entries(PATHS)) {
    for (const [key, sum] of top[table as TableName]) yield [`${prefix}.${path(key)}`, sum];
  }
}
