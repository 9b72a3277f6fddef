import type { Method } from "./backend/permission.ts";

/** An id, or something that has one. */
export type Ref = number | { readonly id: number };

/** An account. */
export interface Account {
  /** The account's id. */
  readonly id: number;
  /** The account's name. */
  readonly name: string;
}

/** What a new account is like. */
export interface AccountOptions {
  /** The name; names need not be unique. @default "Account 1" and so on */
  readonly name?: string;
  /** The id. @default a random one, as in Grafolean */
  readonly id?: number;
  /** Whether it starts with the ping, SNMP and NetFlow credentials and sensors that a new account gets. @default false */
  readonly defaults?: boolean;
}

/** What may be done: these methods on everything below this prefix. */
export interface Grant {
  /** Such as `accounts/1/values`; `null` is everything. */
  readonly prefix: string | null;
  /** The methods; `null` is all. @default null */
  readonly methods?: readonly Method[] | null;
}

/**
 * Permissions in short: `"ui"` is what Grafolean's UI grants to a new bot of an account (write values, read entities,
 * credentials and sensors), `"all"` is everything in its account, or in all accounts for a systemwide bot.
 */
export type Grants = "ui" | "all" | "none" | readonly Grant[];

/** What a new bot is like. */
export interface BotOptions {
  /** What it speaks; `null` for a custom bot. */
  readonly protocol: string | null;
  /** The account that it is tied to; a systemwide bot has none. */
  readonly account?: Ref;
  /** The name. @default "PROTOCOL bot" */
  readonly name?: string;
  /** The token, a UUID. @default a random one */
  readonly token?: string;
  /** What it may do. @default "ui" for a bot of an account, "all" for a systemwide one */
  readonly permissions?: Grants;
}

/** A bot. */
export interface Bot {
  /** The id of the user that the bot is. */
  readonly id: number;
  /** What it speaks. */
  readonly protocol: string | null;
  /** The token that it sends as `?b=`. */
  readonly token: string;
}

/** Details: an object of any form, which belongs to the protocol. */
export type Details = Readonly<Record<string, unknown>>;

/** What a new credential is like. */
export interface CredentialOptions {
  /** The protocol it is for. */
  readonly protocol: string;
  /** The name. @default "PROTOCOL credential 1" and so on */
  readonly name?: string;
  /** The details. @default {} */
  readonly details?: Details;
}

/** What a new sensor is like. */
export interface SensorOptions extends CredentialOptions {
  /** How often to measure, in seconds; `null` is not at all by itself. @default null */
  readonly defaultInterval?: number | null;
}

/** One sensor on an entity, with an interval of its own or `null` for the sensor's default. */
export interface EntitySensor {
  /** The sensor. */
  readonly sensor: Ref;
  /** In seconds. @default null */
  readonly interval?: number | null;
}

/** What one protocol does on an entity. */
export interface EntityProtocol {
  /** The credential. */
  readonly credential: Ref;
  /** The bot; `null` where it has been deleted. @default null */
  readonly bot?: Ref | null;
  /** The sensors that are enabled. @default [] */
  readonly sensors?: readonly (Ref | EntitySensor)[];
}

/** What a new entity is like. */
export interface EntityOptions {
  /** The name. @default "Device 1" and so on */
  readonly name?: string;
  /** What it is. @default "device" */
  readonly entityType?: string;
  /** What it is a part of. @default null */
  readonly parent?: Ref | null;
  /** The details, such as the address. @default {} */
  readonly details?: Details;
  /** What each protocol does on it. @default {} */
  readonly protocols?: Readonly<Record<string, EntityProtocol>>;
}

/** A record that was made. */
export interface Created {
  /** Its id. */
  readonly id: number;
}
