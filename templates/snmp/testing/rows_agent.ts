import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const TAGS = {
  integer: 0x02,
  text: 0x04,
  counter: 0x41,
  gauge: 0x42,
  ticks: 0x43,
  counter64: 0x46,
};
const NO_SUCH_INSTANCE = Buffer.from([0x81, 0]);
const END_OF_MIB_VIEW = Buffer.from([0x82, 0]);
const GET = 0xa0;
const GET_BULK = 0xa5;

type Value = readonly [type: keyof typeof TAGS, value: number | bigint | string];

/** What a {@linkcode RowsAgent} returns for an OID; `silent` for no answer to a request for it. */
type Row = Value | "silent";

/** An SNMPv2c agent on 127.0.0.1 that returns the rows that a test has set, for any community. */
export class RowsAgent implements AsyncDisposable {
  /** The rows by OID. */
  readonly rows = new Map<string, Row>();
  /** How many OIDs it was asked for, by OID. */
  readonly asked = new Map<string, number>();
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Its address and port. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** Starts an agent with these rows. */
  static async start(rows: Readonly<Record<string, Row>>): Promise<RowsAgent> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const agent = new RowsAgent(socket);
    for (const [oid, row] of Object.entries(rows)) agent.rows.set(oid, row);
    socket.on("message", (packet, { address, port }) => {
      const answer = agent.#answer(packet);
      if (answer !== undefined) socket.send(answer, port, address);
    });
    return agent;
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #answer(packet: Buffer): Buffer | undefined {
    const [version, community, pdu] = children(packet) as [Element, Element, Element];
    const [id, , maxRepetitions, list] = children(pdu.whole) as [
      Element,
      Element,
      Element,
      Element,
    ];
    const varbinds: Buffer[] = [];
    const count = pdu.tag === GET_BULK ? maxRepetitions.content.readUIntBE(0, 1) : 1;
    for (const varbind of children(list.whole)) {
      let oid = decodeOid((children(varbind.whole)[0] as Element).content);
      this.asked.set(oid, (this.asked.get(oid) ?? 0) + 1);
      for (let i = 0; i < count; i++) {
        const found = pdu.tag === GET ? oid : this.#next(oid);
        const row = found === undefined ? undefined : this.rows.get(found);
        if (row === "silent") return undefined;
        oid = found ?? oid;
        const missing = pdu.tag === GET ? NO_SUCH_INSTANCE : END_OF_MIB_VIEW;
        varbinds.push(encode(0x30, encodeOid(oid), row === undefined ? missing : encodeValue(row)));
        if (row === undefined) break;
      }
    }
    const none = encode(0x02, Buffer.from([0]));
    const response = encode(0xa2, id.whole, none, none, encode(0x30, ...varbinds));
    return encode(0x30, version.whole, community.whole, response);
  }

  #next(oid: string): string | undefined {
    let next: string | undefined;
    for (const each of this.rows.keys()) {
      if (isAfter(each, oid) && (next === undefined || isAfter(next, each))) next = each;
    }
    return next;
  }
}

/** An element of BER. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

function children(element: Buffer): Element[] {
  const found: Element[] = [];
  const { content } = firstOf(element);
  for (let rest = content; rest.length > 0;) {
    const child = firstOf(rest);
    found.push(child);
    rest = rest.subarray(child.whole.length);
  }
  return found;
}

function firstOf(bytes: Buffer): Element {
  const [tag = 0, first = 0] = bytes;
  const extra = first < 0x80 ? 0 : first - 0x80;
  const length = extra === 0 ? first : bytes.readUIntBE(2, extra);
  const end = 2 + extra + length;
  return { tag, content: bytes.subarray(2 + extra, end), whole: bytes.subarray(0, end) };
}

function encode(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function encodeValue([type, value]: Value): Buffer {
  if (typeof value === "string") return encode(TAGS[type], Buffer.from(value));
  const digits = BigInt(value).toString(16);
  // With a leading zero byte, as all values here are positive.
  return encode(TAGS[type], Buffer.from(`00${digits.length % 2 ? "0" : ""}${digits}`, "hex"));
}

function decodeOid(content: Buffer): string {
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0;
    }
  }
  const [head = 0, ...others] = numbers;
  return [Math.floor(head / 40), head % 40, ...others].join(".");
}

function encodeOid(oid: string): Buffer {
  const [first = 0, second = 0, ...others] = oid.split(".").map(Number);
  const bytes: number[] = [];
  for (const number of [first * 40 + second, ...others]) {
    const digits = [number & 0x7f];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
      digits.unshift((rest % 128) | 0x80);
    }
    bytes.push(...digits);
  }
  return encode(0x06, Buffer.from(bytes));
}

function isAfter(oid: string, other: string): boolean {
  const [a, b] = [oid.split("."), other.split(".")];
  for (const [i, number] of a.entries()) {
    const difference = Number(number) - Number(b[i] ?? -1);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
