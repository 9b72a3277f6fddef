import { createSocket } from "node:dgram";
import { once } from "node:events";
// @ts-types="@types/net-snmp"
import snmp from "net-snmp";

/** The part of net-snmp's agent used here, which has no types. */
interface Agent {
  getAuthorizer(): { addCommunity(community: string): void };
  getMib(): {
    registerProvider(provider: unknown): void;
    addTableRow(table: string, row: readonly unknown[]): void;
    deleteTableRow(table: string, index: readonly number[]): void;
    setTableSingleCell(
      table: string,
      column: number,
      index: readonly number[],
      value: unknown,
    ): void;
  };
  close(): void;
}

/** A network interface of a {@linkcode TestDevice}. */
interface TestInterface {
  /** The index. */
  readonly index: number;
  /** The name. */
  readonly name: string;
  /** The speed in bits per second. */
  readonly speed: number;
  /** The received bytes. */
  readonly bytesIn: number;
  /** The sent bytes. @default 0 */
  readonly bytesOut?: number;
}

/** A device with network interfaces on 127.0.0.1, with SNMPv1 and v2c and the community `public`. */
export class TestDevice implements Disposable {
  /** Address and port. */
  readonly address: string;
  readonly #agent: Agent;

  private constructor(port: number) {
    this.address = `127.0.0.1:${port}`;
    this.#agent = snmp.createAgent({ port, address: "127.0.0.1" }, () => {});
    this.#agent.getAuthorizer().addCommunity("public");
    const { Integer, OctetString, Gauge, Counter } = snmp.ObjectType;
    const maxAccess = snmp.MaxAccess["read-only"];
    this.#agent.getMib().registerProvider({
      name: "ifTable",
      type: snmp.MibProviderType.Table,
      oid: "1.3.6.1.2.1.2.2.1",
      maxAccess,
      tableColumns: [
        { number: 1, name: "ifIndex", type: Integer, maxAccess },
        { number: 2, name: "ifDescr", type: OctetString, maxAccess },
        { number: 5, name: "ifSpeed", type: Gauge, maxAccess },
        { number: 10, name: "ifInOctets", type: Counter, maxAccess },
        { number: 16, name: "ifOutOctets", type: Counter, maxAccess },
      ],
      tableIndex: [{ columnName: "ifIndex" }],
    });
  }

  /** Starts a device with these interfaces. */
  static async start(interfaces: readonly TestInterface[]): Promise<TestDevice> {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    await once(socket, "close");
    const device = new TestDevice(port);
    for (const each of interfaces) device.add(each);
    return device;
  }

  /** Adds an interface. */
  add({ index, name, speed, bytesIn, bytesOut = 0 }: TestInterface): void {
    this.#agent.getMib().addTableRow("ifTable", [index, name, speed, bytesIn, bytesOut]);
  }

  /** Removes an interface. */
  remove(index: number): void {
    this.#agent.getMib().deleteTableRow("ifTable", [index]);
  }

  /** Sets the received bytes of an interface. */
  setBytesIn(index: number, bytes: number): void {
    this.#agent.getMib().setTableSingleCell("ifTable", 10, [index], bytes);
  }

  /** Stops the device. */
  [Symbol.dispose](): void {
    this.#agent.close();
  }
}
