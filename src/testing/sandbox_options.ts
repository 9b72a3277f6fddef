import type { Cost } from "./backend/backend.ts";
import type { Method } from "./backend/permission.ts";

/** Options for {@linkcode Sandbox}. */
export interface SandboxOptions {
  /** Random numbers from 0 to 1, for ids and tokens. @default Math.random */
  readonly random?: () => number;
  /** Whether the database is migrated and has its first user. @default true */
  readonly ready?: boolean;
  /** The time that requests take. @default no time */
  readonly cost?: Cost;
  /** The number of requests that the backend processes at once if they have a cost; above 0. @default 1 */
  readonly workers?: number;
  /** Whether nginx stands in front of the backend and refuses bodies over 1 MiB with 413. @default false */
  readonly nginx?: boolean;
  /**
   * Whether many reads at once exhaust the backend's database connections, so that some are answered with 500: from 8
   * lists of entities, 16 entities or 32 other reads per worker. @default false
   */
  readonly overload?: boolean;
  /**
   * Whether concurrent requests that create the same new path conflict, so that all but one are answered with 400, as on
   * a backend with several workers. @default false
   */
  readonly newPathRace?: boolean;
}

/** An id, or an object that has one. */
export type Ref = number | { readonly id: number };

/** An account. */
export interface Account {
  /** The id. */
  readonly id: number;
  /** The name. */
  readonly name: string;
}

/** Options for {@linkcode Sandbox.addAccount}. */
export interface AccountOptions {
  /** The name, which need not be unique. @default "Account 1" and so on */
  readonly name?: string;
  /** The id. @default a random one, as in Grafolean */
  readonly id?: number;
  /** Whether to add the ping, SNMP and NetFlow credentials and sensors that Grafolean adds. @default false */
  readonly defaults?: boolean;
}

/** A permission: the methods that are allowed on everything below a prefix. */
export interface Grant {
  /** Such as `accounts/1/values`; `null` is everything. */
  readonly prefix: string | null;
  /** The methods; `null` is all. @default null */
  readonly methods?: readonly Method[] | null;
}

/**
 * Permissions, or a short name for them: `"ui"` for what Grafolean's UI grants to a new bot of an account (write values,
 * read entities, credentials and sensors), `"all"` for everything in its account, or in all accounts for a systemwide
 * bot.
 */
export type Grants = "ui" | "all" | "none" | readonly Grant[];

/** Options for {@linkcode Sandbox.addBot}. */
export interface BotOptions {
  /** The protocol; `null` for a custom bot. */
  readonly protocol: string | null;
  /** The account that it is tied to; without one, it is a systemwide bot. */
  readonly account?: Ref;
  /** The name. @default "PROTOCOL bot" */
  readonly name?: string;
  /** The token, a UUID. @default a random one */
  readonly token?: string;
  /** Its permissions. @default "ui" for a bot of an account, "all" for a systemwide one */
  readonly permissions?: Grants;
}

/** A bot. */
export interface Bot {
  /** The id of its user. */
  readonly id: number;
  /** The protocol; `null` for a custom bot. */
  readonly protocol: string | null;
  /** The token that it sends as `?b=`. */
  readonly token: string;
}

/** Options for {@linkcode Sandbox.addPerson}. */
export interface PersonOptions {
  /** The name. @default "Person" */
  readonly name?: string;
  /** The name to log in with. @default "person1" and so on */
  readonly username?: string;
  /** The password to log in with. @default a random one, which nobody knows */
  readonly password?: string;
  /** The permissions. @default everything */
  readonly permissions?: readonly Grant[];
}

/** Details: an object of any shape that the protocol defines. */
export type Details = Readonly<Record<string, unknown>>;

/** Options for {@linkcode Sandbox.addCredential}. */
export interface CredentialOptions {
  /** The protocol. */
  readonly protocol: string;
  /** The name. @default "PROTOCOL credential 1" and so on */
  readonly name?: string;
  /** The details. @default {} */
  readonly details?: Details;
}

/** Options for {@linkcode Sandbox.addSensor}. */
export interface SensorOptions extends CredentialOptions {
  /** The interval in seconds; `null` for none. @default null */
  readonly defaultInterval?: number | null;
}

/** A sensor that is enabled on an entity. */
export interface EntitySensor {
  /** The sensor. */
  readonly sensor: Ref;
  /** The interval on this entity, in seconds; `null` is the sensor's default interval. @default null */
  readonly interval?: number | null;
}

/** How a protocol is used on an entity. */
export interface EntityProtocol {
  /** The credential. */
  readonly credential: Ref;
  /** The bot; `null` if it has been deleted. @default null */
  readonly bot?: Ref | null;
  /** The sensors that are enabled. @default [] */
  readonly sensors?: readonly (Ref | EntitySensor)[];
}

/** Options for {@linkcode Sandbox.addEntity}. */
export interface EntityOptions {
  /** The name. @default "Device 1" and so on */
  readonly name?: string;
  /** The type. @default "device" */
  readonly entityType?: string;
  /** The entity that it is a part of. @default null */
  readonly parent?: Ref | null;
  /** The details, such as the address. @default {} */
  readonly details?: Details;
  /** The protocols that are used on it. @default {} */
  readonly protocols?: Readonly<Record<string, EntityProtocol>>;
}

/** A record that was created. */
export interface Created {
  /** Its id. */
  readonly id: number;
}

/** Options for {@linkcode Sandbox.waitForValues}. */
export interface WaitOptions {
  /** Counts only the values of this account. @default all accounts */
  readonly accountId?: number;
  /** Counts only the values of this path. @default all paths except Grafolean's own statistics */
  readonly path?: string;
  /** The timeout, in seconds. @default 5 */
  readonly timeout?: number;
}

/** Options for {@linkcode Sandbox.halfSave}. */
export interface HalfSaveOptions {
  /** What is missing: the whole protocol, its sensors, or its bot. @default "protocol" */
  readonly missing?: "protocol" | "sensors" | "bot";
  /** The protocol that is affected. @default all */
  readonly protocol?: string;
  /** The number of reads, of the entity or of the list, that are affected. @default 1 */
  readonly reads?: number;
}
