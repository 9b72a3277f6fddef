import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { contentOf, readInteger, readItem, readItems } from "../client/ber.ts";

/** A value with tag and length, such as `gauge(7)`; `"silent"` for no answer to a request for it. */
export type AgentValue = Buffer | "silent";

/** A request to a {@linkcode TestAgent}. */
export interface AgentRequest {
  /** What it requests. */
  readonly kind: "get" | "next" | "bulk";
  /** As in the packet: 0 for SNMPv1, 1 for SNMPv2c. */
  readonly version: number;
  /** The OIDs. */
  readonly oids: readonly string[];
  /** The number of rows that a GETBULK requests, otherwise 1. */
  readonly count: number;
}

/** A response of a {@linkcode TestAgent}. */
export interface AgentResponse {
  /** OIDs and values. */
  readonly rows: readonly (readonly [oid: string, value: Buffer])[];
  /** The error status: 2 is "no such name", 5 is "general error". */
  readonly status?: number;
  /** As in the packet. @default that of the request */
  readonly version?: number;
  /** @default that of the request */
  readonly community?: string;
}

/** Answers a request, or does not. `usual` is what a good agent answers. */
type Answer = (
  request: AgentRequest,
  usual: AgentResponse,
) => AgentResponse | undefined | Promise<AgentResponse | undefined>;

const NO_SUCH_INSTANCE = 0x81;
const END_OF_MIB = 0x82;
const KINDS = new Map([[0xa0, "get"], [0xa1, "next"], [0xa5, "bulk"]] as const);

/** An agent of SNMPv1 and v2c on 127.0.0.1 that can misbehave in every way, and takes any community. */
export class TestAgent implements AsyncDisposable {
  /** Its UDP port. */
  readonly port: number;
  /** Its values by OID. */
  readonly values: Map<string, AgentValue>;
  /** The requests so far. */
  readonly requests: AgentRequest[] = [];
  readonly #socket: Socket;
  readonly #answer: Answer;
  readonly #answering = new Set<Promise<void>>();

  private constructor(socket: Socket, values: Iterable<[string, AgentValue]>, answer: Answer) {
    this.port = socket.address().port;
    this.values = new Map(values);
    this.#socket = socket;
    this.#answer = answer;
    socket.on("message", (packet, { port }) => {
      const answering = this.#receive(packet, port).finally(() =>
        this.#answering.delete(answering)
      );
      this.#answering.add(answering);
    });
  }

  /** Starts an agent with these values by OID. */
  static async start(
    values: Readonly<Record<string, AgentValue>>,
    answer: Answer = (_request, usual) => usual,
  ): Promise<TestAgent> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new TestAgent(socket, Object.entries(values), answer);
  }

  /** Its address and port. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Returns how many requests there were for an OID, or for what follows it. */
  asked(oid: string): number {
    return this.requests.filter(({ oids }) => oids.includes(oid)).length;
  }

  /** Stops the agent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#answering);
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  async #receive(packet: Buffer, port: number): Promise<void> {
    const [version, community, pdu] = itemsOf(packet);
    if (version === undefined || community === undefined || pdu === undefined) return;
    const [id, second, third, list] = itemsOf(pdu);
    const kind = KINDS.get(pdu[0] as 0xa0);
    if (!kind || !id || !second || !third || !list) return; // SNMPv3
    const request: AgentRequest = {
      kind,
      version: numberOf(version),
      oids: itemsOf(list).map((row) => decodeOid(itemsOf(row)[0] as Buffer)),
      count: kind === "bulk" ? numberOf(third) : 1,
    };
    this.requests.push(request);
    const usual = this.#usual(request);
    const response = usual && await this.#answer(request, usual);
    if (response === undefined) return;
    const { rows, status = 0 } = response;
    const bytes = item(
      0x30,
      integer(response.version ?? request.version),
      response.community === undefined ? community : text(response.community),
      item(
        0xa2,
        id,
        integer(status),
        integer(status === 0 ? 0 : 1),
        item(0x30, ...rows.map(([oid, value]) => item(0x30, encodeOid(oid), value))),
      ),
    );
    this.#socket.send(bytes, port, "127.0.0.1");
  }

  #usual({ kind, version, oids, count }: AgentRequest): AgentResponse | undefined {
    const found = oids.flatMap((oid): (readonly [string, AgentValue])[] => {
      const known = kind === "get" ? [oid] : this.#after(oid).slice(0, count);
      const rows = known.flatMap((each) => {
        const value = this.values.get(each);
        return value === undefined ? [] : [[each, value] as const];
      });
      return rows.length > 0 ? rows : [[oid, item(kind === "get" ? NO_SUCH_INSTANCE : END_OF_MIB)]];
    });
    const rows = found.flatMap(([oid, value]) => value === "silent" ? [] : [[oid, value] as const]);
    if (rows.length < found.length) return undefined;
    if (version > 0 || rows.every(([, [tag]]) => tag !== NO_SUCH_INSTANCE && tag !== END_OF_MIB)) {
      return { rows };
    }
    return { rows: oids.map((oid) => [oid, item(5)]), status: 2 };
  }

  #after(oid: string): string[] {
    return [...this.values.keys()].filter((each) => compare(each, oid) > 0).sort(compare);
  }
}

/** Encodes an item of BER. */
export function item(tag: number, ...content: readonly (Buffer | number)[]): Buffer {
  const bytes = Buffer.concat(
    content.map((part) => typeof part === "number" ? Buffer.of(part) : part),
  );
  const { length } = bytes;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), bytes]);
}

/** Encodes an INTEGER. */
function integer(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return item(2, bytes);
}

/** Encodes a text. */
export function text(value: string): Buffer {
  return item(4, Buffer.from(value));
}

/** Encodes a Gauge. */
export function gauge(value: number): Buffer {
  return item(0x42, unsigned(value));
}

/** Encodes a Counter. */
export function counter(value: number): Buffer {
  return item(0x41, unsigned(value));
}

/** Encodes TimeTicks. */
export function ticks(value: number): Buffer {
  return item(0x43, unsigned(value));
}

function unsigned(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}

function encodeOid(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
  return item(6, ...[first * 40 + second, ...rest].flatMap(toBase128));
}

function toBase128(number: number): number[] {
  const bytes = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 + rest % 128);
  }
  return bytes;
}

function decodeOid(bytes: Buffer): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of contentOf(bytes, readItem(bytes, 0)!)) {
    number = number * 128 + byte % 128;
    if (byte >= 0x80) continue;
    numbers.push(...numbers.length === 0 ? [Math.floor(number / 40), number % 40] : [number]);
    number = 0;
  }
  return numbers.join(".");
}

/** The items within an item, each with its tag and length. */
function itemsOf(bytes: Buffer): Buffer[] {
  const outer = readItem(bytes, 0);
  const ends = outer === undefined ? [] : [...readItems(bytes, outer)].map(({ end }) => end);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? outer?.start, end));
}

function numberOf(bytes: Buffer): number {
  return readInteger(contentOf(bytes, readItem(bytes, 0)!));
}

function compare(oid: string, other: string): number {
  const [a, b] = [oid.split("."), other.split(".")];
  const at = a.findIndex((number, i) => number !== b[i]);
  return at < 0 ? a.length - b.length : Number(a[at]) - Number(b[at] ?? -1);
}
