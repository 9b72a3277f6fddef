// What the library is measured beside. Downloaded when a bench imports it, so never by an `import` that Deno can see.

export const TOAD_SCHEDULER = "npm:toad-scheduler@4.1.0";
export const CRONER = "npm:croner@11.0.1";
export const INFLUXDB_CLIENT = "npm:@influxdata/influxdb-client@1.35.0";
