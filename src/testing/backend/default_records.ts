import type { AccountRecords } from "./account_records.ts";

/** The interface table of SNMP. */
const IF = "1.3.6.1.2.1.2.2.1";
/** The temperatures of Linux's lmsensors. */
const LM_TEMPERATURE = "1.3.6.1.4.1.2021.13.16.2.1";

type Row = readonly [
  protocol: string,
  name: string,
  /** `undefined` for a credential. */
  defaultInterval: number | null | undefined,
  details?: unknown,
];

const ROWS: readonly Row[] = [
  ["ping", "Default ICMP ping credential (3 packets)", undefined, {
    n_packets: "3",
    sleep_packets: "1.0",
    timeout: "1.0",
    retry: "0",
  }],
  ["snmp", "Default SNMP credential (SNMPv2c, 'public')", undefined, {
    version: "snmpv2c",
    snmpv12_community: "public",
  }],
  ["netflow", "Default NetFlow credential", undefined],
  ["ping", "Default ICMP ping sensor", 60],
  ["snmp", "Traffic IN [bps]", 60, walk(`${IF}.2`, `${IF}.10`, "$2", "if.in-octets")],
  ["snmp", "Traffic OUT [bps]", 60, walk(`${IF}.2`, `${IF}.16`, "$2", "if.out-octets")],
  [
    "snmp",
    "Linux lmsensors - temperature [°C]",
    60,
    walk(`${LM_TEMPERATURE}.2`, `${LM_TEMPERATURE}.3`, "$2 / 1000.0", "lmsensors.temp"),
  ],
  ["netflow", "Default NetFlow sensor", null],
];

/** Details of a sensor that reads a table of names and one of values. */
function walk(names: string, values: string, expression: string, path: string): unknown {
  const oids = [names, values].map((oid) => ({ oid, fetch_method: "walk" }));
  return { oids, expression, output_path: `${path}.{$index}.{$1}` };
}

/** Adds the credentials and sensors that a new account has in Grafolean. */
export function addDefaultRecords(account: AccountRecords, newId: () => number): void {
  for (const [protocol, name, defaultInterval, details = {}] of ROWS) {
    account.put(defaultInterval === undefined ? "credentials" : "sensors", {
      id: newId(),
      name,
      protocol,
      defaultInterval,
      details: JSON.stringify(details),
    });
  }
}
