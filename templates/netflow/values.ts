import { pathPart } from "@grafolean/collector";
import { protocolName } from "./protocol_names.ts";
import type { InterfaceReport, TrafficReport } from "./aggregator/traffic.ts";
import { type ClosedWindow, DIRECTIONS } from "./aggregator/window.ts";

/** A device in Grafolean that is an exporter. */
export interface ExporterEntity {
  /** Id of its entity. */
  readonly entityId: number;
  /** The address it sends from. */
  readonly address: string;
}

/**
 * Returns the values of one account for one window: bytes by path. Dashboards use these paths:
 *
 * - `netflow.<window>.<direction>`: all exporters of the account,
 * - `….entity.<id>`, with `.topip.<address>`, `.topprotocol.<name>`, `.topconn.<from>.<to>`, `.topdstports.<port>`,
 * - `….entity.<id>.if.<index>`, with `.topip.<address>`, `.topprotocol.<name>`.
 *
 * An exporter that sent nothing during the window has 0 bytes.
 */
export function trafficValues(
  { label, reports }: ClosedWindow,
  entities: readonly ExporterEntity[],
): Map<string, number> {
  const values = new Map<string, number>();
  for (const direction of DIRECTIONS) {
    const prefix = `netflow.${label}.${direction}`;
    let total = 0;
    for (const { entityId, address } of entities) {
      const report = reports.get(address)?.[direction] ?? NO_TRAFFIC;
      total += report.bytes;
      addExporter(values, `${prefix}.entity.${entityId}`, report);
    }
    values.set(prefix, total);
  }
  return values;
}

const NO_TRAFFIC: TrafficReport = {
  bytes: 0,
  interfaces: [],
  addresses: [],
  protocols: [],
  connections: [],
  ports: [],
};

function addExporter(values: Map<string, number>, prefix: string, report: TrafficReport): void {
  addTotals(values, prefix, report);
  for (const [connection, bytes] of report.connections) {
    const [from = "", to = ""] = connection.split(" ");
    values.set(`${prefix}.topconn.${pathPart(from)}.${pathPart(to)}`, bytes);
  }
  for (const [port, bytes] of report.ports) values.set(`${prefix}.topdstports.${port}`, bytes);
  for (const each of report.interfaces) addTotals(values, `${prefix}.if.${each.index}`, each);
}

function addTotals(
  values: Map<string, number>,
  prefix: string,
  { bytes, addresses, protocols }: Omit<InterfaceReport, "index">,
): void {
  values.set(prefix, bytes);
  for (const [address, bytes] of addresses) {
    values.set(`${prefix}.topip.${pathPart(address)}`, bytes);
  }
  for (const [protocol, bytes] of protocols) {
    values.set(`${prefix}.topprotocol.${pathPart(protocolName(protocol))}`, bytes);
  }
}
