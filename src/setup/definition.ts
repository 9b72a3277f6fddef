/**
 * What a bot needs in Grafolean. A project declares it in its `setup.ts`; {@linkcode runSetup} creates what is missing.
 *
 * @example
 * ```ts
 * import type { SetupDefinition } from "@grafolean/collector/setup";
 *
 * export const SETUP: SetupDefinition = {
 *   name: "thermo-bot",
 *   protocol: "thermo",
 *   permissions: [{ resource: "entities", methods: ["POST", "PUT", "DELETE"] }],
 *   credential: [{ name: "password", question: "Password of the thermometers", secret: true }],
 *   sensors: [{ name: "temperature", interval: 60 }],
 *   device: [{ name: "ipv4", question: "IP address" }],
 *   charts: ({ device, sensors: [temperature] }) => [{
 *     title: "temperature",
 *     series: [{ path: `entity.${device}.thermo.${temperature}`, label: "Temperature", unit: "°C" }],
 *   }],
 * };
 * ```
 */
export interface SetupDefinition {
  /** The name of the bot in Grafolean, and of its dashboard. */
  readonly name: string;
  /** The protocol of the bot. */
  readonly protocol: string;
  /**
   * The permissions of the bot in its account, besides reading entities, credentials and sensors and sending values. A bot
   * that creates entities, such as interfaces, needs `{ resource: "entities", methods: ["POST", "PUT", "DELETE"] }`.
   *
   * @default []
   */
  readonly permissions?: readonly SetupPermission[];
  /** The fields of a new credential. It is asked for if the account has no credential of the protocol. @default [] */
  readonly credential?: readonly SetupField[];
  /** The sensors: what the bot measures. */
  readonly sensors: readonly SetupSensor[];
  /** The fields of the first device. */
  readonly device: readonly SetupField[];
  /** The charts of a device on the dashboard of the bot. */
  readonly charts: (ids: SetupIds) => readonly SetupChart[];
}

/** A permission of a bot, for {@linkcode SetupDefinition}. */
export interface SetupPermission {
  /** What it is for, below the account: such as `"entities"`. */
  readonly resource: string;
  /** The allowed methods. */
  readonly methods: readonly ("GET" | "POST" | "PUT" | "DELETE")[];
}

/** A field of the details of a credential or a device: a text that a person enters. */
export interface SetupField {
  /** The name of the field in the details, such as `"ipv4"`. */
  readonly name: string;
  /** What to ask for, such as `"IP address"`. */
  readonly question: string;
  /** The value if nothing is entered, `""` for an optional field. @default none: something has to be entered */
  readonly default?: string;
  /** Whether what is entered is not shown. @default false */
  readonly secret?: boolean;
}

/** A sensor, for {@linkcode SetupDefinition}. */
export interface SetupSensor {
  /**
   * The name, which is unique in an account. A sensor of this name and protocol is reused, or else one with the same
   * details.
   */
  readonly name: string;
  /** How often it is polled, in seconds; `null` if it is not periodic. */
  readonly interval: number | null;
  /** What to measure, as the bot reads it. @default {} */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The ids that the paths of values may contain, for the charts of a {@linkcode SetupDefinition}. */
export interface SetupIds {
  /** The id of the device. */
  readonly device: number;
  /** The ids of the sensors, in the order in which they were declared. */
  readonly sensors: readonly number[];
}

/** A chart on a dashboard, for {@linkcode SetupDefinition}. */
export interface SetupChart {
  /** What it shows; the name of the device is put before it. */
  readonly title: string;
  /** The lines. */
  readonly series: readonly SetupSeries[];
  /**
   * Lists this many of the highest newest values of its first series, at most 10, instead of drawing lines. For paths that
   * come and go, such as a top 10.
   *
   * @default none: lines
   */
  readonly top?: number;
}

/** Lines of a {@linkcode SetupChart}. */
export interface SetupSeries {
  /**
   * The path of the values. As a segment, `?` stands for any one, and `*` for one or more: each path is a line. A segment
   * with `%2e` or `%3a` cannot be written here: use `?`.
   */
  readonly path: string;
  /** What the legend shows. `$1`, `$2`, … are what `?` and `*` stand for. */
  readonly label: string;
  /** The unit of the values, such as `"°C"`. Lines with the same unit share an axis. @default "" */
  readonly unit?: string;
  /** What to show of a value, `$1`: such as `"$1 * 100"`. @default "$1" */
  readonly expression?: string;
}
