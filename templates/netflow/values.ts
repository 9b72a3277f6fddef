import { pathPart } from "@grafolean/collector";
import type { SumsReport, TableName } from "./aggregator/sums.ts";
import { DIRECTIONS, type TrafficWindow } from "./aggregator/window.ts";
import type { Device } from "./device.ts";
import type { Losses } from "./exporter.ts";
import { protocolName } from "./protocol_names.ts";

/** The last part of the path of a key in each table. */
const PATHS: Readonly<Record<TableName, (key: string) => string>> = {
  addresses: (address) => `topip.${pathPart(address)}`,
  connections: (pair) => `topconn.${pair.split(" ").map(pathPart).join(".")}`,
  ports: (port) => `topdstports.${port}`,
  protocols: (protocol) => `topprotocol.${pathPart(protocolName(Number(protocol)))}`,
};

/**
 * Iterates over the values of one account for a window: path and bytes. Dashboards use these paths:
 *
 * - `netflow.<window>.<direction>`: all devices of the account,
 * - `….entity.<id>`, with `.topip.<address>`, `.topprotocol.<name>`, `.topconn.<from>.<to>`, `.topdstports.<port>`,
 * - `….entity.<id>.if.<index>`, with `.topip.<address>`, `.topprotocol.<name>`.
 *
 * A device that sent nothing during the window has 0 bytes.
 */
export function* accountValues(
  window: Pick<TrafficWindow, "label" | "report">,
  devices: readonly Device[],
): Generator<readonly [path: string, bytes: number]> {
  for (const direction of DIRECTIONS) {
    const prefix = `netflow.${window.label}.${direction}`;
    // Several devices may have one address.
    const bytes = new Map<string, number>();
    for (const { entityId, address } of devices) {
      const report = window.report(address, direction);
      bytes.set(address, report.bytes);
      yield* sumsValues(`${prefix}.entity.${entityId}`, report);
      for (const [index, each] of report.interfaces) {
        yield* sumsValues(`${prefix}.entity.${entityId}.if.${index}`, each);
      }
    }
    yield [prefix, bytes.values().reduce((sum, each) => sum + each, 0)];
  }
}

/** Iterates over the values of what devices lost: path and number. */
export function* lossValues(
  devices: readonly Device[],
  losses: ReadonlyMap<string, Losses>,
): Generator<readonly [path: string, count: number]> {
  for (const { entityId, address } of devices) {
    for (const [kind, count] of Object.entries(losses.get(address) ?? {})) {
      yield [`netflow.entity.${entityId}.${kind}`, count];
    }
  }
}

function* sumsValues(
  prefix: string,
  { bytes, top }: SumsReport,
): Generator<readonly [path: string, bytes: number]> {
  yield [prefix, bytes];
  for (const [table, path] of Object.entries(PATHS)) {
    for (const [key, sum] of top[table as TableName] ?? []) yield [`${prefix}.${path(key)}`, sum];
  }
}
