import { encode } from "./answer.ts";
import { ValueTable } from "./value_table.ts";

/** A credential or a sensor. */
export interface ProtocolRecord {
  readonly id: number;
  readonly name: string;
  readonly protocol: string;
  /** The interval of a sensor in seconds, or `null`; `undefined` for a credential. */
  readonly defaultInterval: number | null | undefined;
  /** The details, as JSON text. */
  readonly details: string;
}

/**
 * A device or a part of one. As in the real database, the credentials, bots and sensors are separate rows that belong
 * together because they have the same protocol: a deleted credential removes the whole protocol, and a deleted bot
 * leaves `null`.
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

/** A widget, with its keys in the order of the API. */
export interface WidgetRecord {
  readonly id: number;
  type: string;
  title: string;
  /** Column, row, width and height on the grid. */
  x: number;
  y: number;
  w: number;
  h: number;
  /** The page of the dashboard. */
  p: string;
  content: string;
}

export interface DashboardRecord {
  readonly slug: string;
  name: string;
  readonly widgets: WidgetRecord[];
}

/** How an entity is shown while somebody saves it. */
interface HalfSaved {
  readonly missing: "protocol" | "sensors" | "bot";
  /** The protocol that is affected; `undefined` for all. */
  readonly protocol: string | undefined;
  /** The number of reads left. */
  reads: number;
}

export type ListName = "entities" | "credentials" | "sensors";

/** One account with everything in it. */
export class AccountRecords {
  readonly id: number;
  name: string;
  readonly entities: Map<number, EntityRecord> = new Map();
  readonly credentials: Map<number, ProtocolRecord> = new Map();
  readonly sensors: Map<number, ProtocolRecord> = new Map();
  /** By slug. */
  readonly dashboards: Map<string, DashboardRecord> = new Map();
  readonly values: ValueTable;
  /** Half-saved entities, by id. */
  readonly halfSaved: Map<number, HalfSaved> = new Map();
  readonly #botProtocol: (botId: number) => string | null | undefined;
  readonly #lists = new Map<ListName, Uint8Array<ArrayBuffer>>();

  /** @param botProtocol Finds the protocol of a bot; `undefined` for one that does not exist. */
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

  /** Adds or replaces a credential or a sensor. */
  put(name: "credentials" | "sensors", record: ProtocolRecord): void {
    this[name].set(record.id, record);
    this.changed();
  }

  /** Drops the cached lists; to be called after every change. */
  changed(): void {
    this.#lists.clear();
  }

  /** The JSON of a list, ordered by id. It is cached, because lists of 20,000 entities are read often. */
  list(name: ListName): Uint8Array<ArrayBuffer> {
    const halfSaved = name === "entities" && this.halfSaved.size > 0;
    const cached = this.#lists.get(name);
    if (cached !== undefined && !halfSaved) return cached;
    const items = [...this[name].keys()].sort((a, b) => a - b).map((id) => this.item(name, id));
    const bytes = encode(`{"list":[${items.join(",")}]}`);
    if (!halfSaved) this.#lists.set(name, bytes);
    return bytes;
  }

  /** The JSON of one record, if it exists. */
  item(name: ListName, id: number): string | undefined {
    if (name === "entities") {
      const entity = this.entities.get(id);
      return entity && this.#entityJson(entity);
    }
    const record = this[name].get(id);
    if (record === undefined) return undefined;
    const { protocol, defaultInterval: default_interval, details } = record;
    const fields = JSON.stringify({ id, name: record.name, protocol, default_interval });
    return `${fields.slice(0, -1)},"details":${details}}`;
  }

  /** Deletes a record and everything that depends on it, as the foreign keys do. */
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

  #entityJson({ id, name, entityType, parent, details, ...rows }: EntityRecord): string {
    const half = this.#half(id);
    const protocols: Record<string, unknown> = {};
    for (const credential of rows.credentials) {
      const protocol = this.credentials.get(credential)?.protocol;
      if (protocol === undefined) continue;
      const missing = half && (half.protocol ?? protocol) === protocol ? half.missing : undefined;
      if (missing === "protocol") continue;
      const sensors = rows.sensors.filter(({ sensor }) =>
        missing !== "sensors" && this.sensors.get(sensor)?.protocol === protocol
      );
      const bot = rows.bots.find((id) => missing !== "bot" && this.#botProtocol(id) === protocol);
      protocols[protocol] = { credential, sensors, bot: bot ?? null };
    }
    const fields = JSON.stringify({ id, name, entity_type: entityType, parent });
    return `${fields.slice(0, -1)},"details":${details},"protocols":${JSON.stringify(protocols)}}`;
  }

  #half(id: number): HalfSaved | undefined {
    const half = this.halfSaved.get(id);
    if (half !== undefined && --half.reads <= 0) this.halfSaved.delete(id);
    return half;
  }
}
