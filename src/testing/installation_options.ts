import type { Method } from "./backend/permission.ts";

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
