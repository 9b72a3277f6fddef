import type { AccountRecords } from "./account_records.ts";

const CREDENTIALS = [
  ["ping", "Default ICMP ping credential (3 packets)", {
    n_packets: "3",
    sleep_packets: "1.0",
    timeout: "1.0",
    retry: "0",
  }],
  ["snmp", "Default SNMP credential (SNMPv2c, 'public')", {
    version: "snmpv2c",
    snmpv12_community: "public",
  }],
  ["netflow", "Default NetFlow credential", {}],
] as const;

const SENSORS = [
  ["ping", "Default ICMP ping sensor", 60, {}],
  [
    "snmp",
    "Traffic IN [bps]",
    60,
    walk("1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.10", {
      expression: "$2",
      output_path: "if.in-octets.{$index}.{$1}",
    }),
  ],
  [
    "snmp",
    "Traffic OUT [bps]",
    60,
    walk("1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.16", {
      expression: "$2",
      output_path: "if.out-octets.{$index}.{$1}",
    }),
  ],
  [
    "snmp",
    "Linux lmsensors - temperature [°C]",
    60,
    walk("1.3.6.1.4.1.2021.13.16.2.1.2", "1.3.6.1.4.1.2021.13.16.2.1.3", {
      expression: "$2 / 1000.0",
      output_path: "lmsensors.temp.{$index}.{$1}",
    }),
  ],
  ["netflow", "Default NetFlow sensor", null, {}],
] as const;

/** Details of a sensor that reads a table of names and one of values. */
function walk(names: string, values: string, rest: Readonly<Record<string, string>>): unknown {
  const oids = [names, values].map((oid) => ({ oid, fetch_method: "walk" }));
  return { oids, ...rest };
}

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
