import { encode } from "./answer.ts";
import { ValueTable } from "./value_table.ts";

/** A way to log in to devices. */
export interface CredentialRecord {
  readonly id: number;
  name: string;
  protocol: string;
  /** The details, as JSON text. */
  details: string;
}

/** Something to measure. */
export interface SensorRecord {
  readonly id: number;
  name: string;
  protocol: string;
  defaultInterval: number | null;
  /** The details, as JSON text. */
  details: string;
}

/**
 * A device or a part of one. As in the real database, credential, bot and sensors are rows of their own, and what
 * belongs to which protocol follows from their protocols alone: so a deleted credential takes the whole protocol with
 * it, and a deleted bot leaves `null`.
 */
export interface EntityRecord {
  readonly id: number;
  name: string;
  entityType: string;
  readonly parent: number | null;
  /** The details, as JSON text. */
  details: string;
  credentials: number[];
  bots: number[];
  sensors: { readonly sensor: number; readonly interval: number | null }[];
}

/** What a reader is shown instead of a whole entity while somebody saves it. */
export interface HalfSaved {
  /** What is not there yet. */
  readonly missing: "protocol" | "sensors" | "bot";
  /** The protocol that is affected; all when absent. */
  readonly protocol: string | undefined;
  /** How many more reads see it. */
  reads: number;
}

/** The kinds of record that have a list. */
export type ListName = "entities" | "credentials" | "sensors";

/** One account with everything in it. */
export class AccountRecords {
  /** The account's id. */
  readonly id: number;
  /** The account's name. */
  name: string;
  /** Entities by id. */
  readonly entities: Map<number, EntityRecord> = new Map();
  /** Credentials by id. */
  readonly credentials: Map<number, CredentialRecord> = new Map();
  /** Sensors by id. */
  readonly sensors: Map<number, SensorRecord> = new Map();
  /** Paths and their values. */
  readonly values: ValueTable;
  /** Entities that are being saved, by id. */
  readonly halfSaved: Map<number, HalfSaved> = new Map();
  readonly #botProtocol: (botId: number) => string | null | undefined;
  readonly #lists = new Map<ListName, Uint8Array<ArrayBuffer>>();

  /** Makes an empty account; `botProtocol` finds the protocol of a bot, or `undefined` for one that is gone. */
  constructor(
    id: number,
    name: string,
    newId: () => number,
    botProtocol: (botId: number) => string | null | undefined,
  ) {
    this.id = id;
    this.name = name;
    this.values = new ValueTable(id, newId);
    this.#botProtocol = botProtocol;
  }

  /** Forgets the lists that were made: something in them has changed. */
  changed(): void {
    this.#lists.clear();
  }

  /** The JSON of a list, ordered by id. Kept until something changes, as lists of 20,000 entities are read often. */
  list(name: ListName): Uint8Array<ArrayBuffer> {
    const halfSaved = name === "entities" && this.halfSaved.size > 0;
    const known = this.#lists.get(name);
    if (known !== undefined && !halfSaved) return known;
    const items = [...this[name].keys()].sort((a, b) => a - b).map((id) => this.item(name, id));
    const bytes = encode(`{"list":[${items.join(",")}]}`);
    if (!halfSaved) this.#lists.set(name, bytes);
    return bytes;
  }

  /** The JSON of one record, or `undefined` where there is none. */
  item(name: ListName, id: number): string | undefined {
    if (name === "entities") {
      const entity = this.entities.get(id);
      return entity && this.#entityJson(entity);
    }
    const record = name === "credentials" ? this.credentials.get(id) : this.sensors.get(id);
    if (record === undefined) return undefined;
    const interval = "defaultInterval" in record
      ? `"default_interval":${record.defaultInterval},`
      : "";
    return `{"id":${record.id},"name":${JSON.stringify(record.name)},"protocol":${
      JSON.stringify(record.protocol)
    },${interval}"details":${record.details}}`;
  }

  /** Deletes a record and, as the foreign keys do, everything that depends on it. */
  delete(name: ListName, id: number): boolean {
    if (!this[name].delete(id)) return false;
    if (name === "entities") {
      this.halfSaved.delete(id);
      for (const entity of [...this.entities.values()]) {
        if (entity.parent === id) this.delete("entities", entity.id);
      }
    } else {
      for (const entity of this.entities.values()) {
        if (name === "sensors") entity.sensors = entity.sensors.filter((row) => row.sensor !== id);
        else entity.credentials = entity.credentials.filter((credential) => credential !== id);
      }
    }
    this.changed();
    return true;
  }

  #entityJson(entity: EntityRecord): string {
    const half = this.#half(entity.id);
    const protocols: string[] = [];
    for (const credentialId of entity.credentials) {
      const protocol = this.credentials.get(credentialId)?.protocol;
      if (protocol === undefined) continue;
      const missing = half && (half.protocol ?? protocol) === protocol ? half.missing : undefined;
      if (missing === "protocol") continue;
      const bot = missing === "bot"
        ? undefined
        : entity.bots.find((id) => this.#botProtocol(id) === protocol);
      const sensors = missing === "sensors" ? [] : entity.sensors.filter(
        (row) => this.sensors.get(row.sensor)?.protocol === protocol,
      );
      protocols.push(
        `${JSON.stringify(protocol)}:{"credential":${credentialId},"sensors":${
          JSON.stringify(sensors)
        },"bot":${bot ?? null}}`,
      );
    }
    return `{"id":${entity.id},"name":${JSON.stringify(entity.name)},"entity_type":${
      JSON.stringify(entity.entityType)
    },"parent":${entity.parent},"details":${entity.details},"protocols":{${protocols.join(",")}}}`;
  }

  #half(id: number): HalfSaved | undefined {
    const half = this.halfSaved.get(id);
    if (half !== undefined && --half.reads <= 0) this.halfSaved.delete(id);
    return half;
  }
}
