import type { AccountRecords } from "./account_records.ts";

const CREDENTIALS = [
  ["ping", "Ping", { n_packets: "3", sleep_packets: "1.0", timeout: "1.0", retry: "0" }],
  ["snmp", "SNMP public", { version: "snmpv2c", snmpv12_community: "public" }],
  ["netflow", "NetFlow", {}],
] as const;

const SENSORS = [
  ["ping", "Ping", 60, {}],
  ["snmp", "Temperature [°C]", 60, {
    oids: [{ oid: "1.3.6.1.4.1.2021.13.16.2.1.3", fetch_method: "walk" }],
    expression: "$1 / 1000.0",
    output_path: "lmsensors.temp.{$index}",
  }],
  ["netflow", "NetFlow", null, {}],
] as const;

/** Adds the credentials and sensors that a new account has in Grafolean. */
export function addDefaultRecords(account: AccountRecords, newId: () => number): void {
  for (const [protocol, name, details] of CREDENTIALS) {
    const id = newId();
    account.credentials.set(id, { id, name, protocol, details: JSON.stringify(details) });
  }
  for (const [protocol, name, defaultInterval, details] of SENSORS) {
    const id = newId();
    account.sensors.set(id, {
      id,
      name,
      protocol,
      defaultInterval,
      details: JSON.stringify(details),
    });
  }
  account.changed();
}
