import { createSocket } from "node:dgram";
import { once } from "node:events";

/** The users and communities that the agent knows. */
export const KNOWN = {
  community: "right community",
  authKey: "authentication key",
  privKey: "privacy key",
} as const;

/** Whether this machine has `snmpd`; tests that need it are skipped by name where not. */
export async function hasSnmpd(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(SNMPD, {
      args: ["-v"],
      stdout: "null",
      stderr: "null",
    })
      .output();
    return success;
  } catch {
    return false;
  }
}

// Not in the PATH of ordinary users.
const SNMPD = "/usr/sbin/snmpd";

const USERS = [
  "createUser nobody",
  ...["MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"].map((auth) =>
    `createUser user${auth} ${auth} "${KNOWN.authKey}" AES "${KNOWN.privKey}"`
  ),
  `createUser userDES SHA "${KNOWN.authKey}" DES "${KNOWN.privKey}"`,
];

/** A running agent. */
export class Snmpd implements AsyncDisposable {
  /** The UDP port on which it listens. */
  readonly port: number;
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(port: number, process: Deno.ChildProcess, folder: string) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Starts one, and waits until it answers.
   *
   * @param config More lines for its config.
   * @param port Where it listens; any free port unless told otherwise.
   * @param hosts On which addresses of this machine.
   */
  static async start(
    config: readonly string[] = [],
    port?: number,
    hosts: readonly string[] = ["127.0.0.1"],
  ): Promise<Snmpd> {
    const folder = await Deno.makeTempDir({ prefix: "snmpd-" });
    port ??= await freePort();
    await Deno.writeTextFile(
      `${folder}/snmpd.conf`,
      [
        "dontLogTCPWrappersConnects yes",
        `rocommunity "${KNOWN.community}"`,
        ...USERS,
        "rouser nobody noauth",
        ...USERS.slice(1).map((line) => `rouser ${line.split(" ")[1]} auth`),
        ...config,
        "",
      ].join("\n"),
    );
    const process = new Deno.Command(SNMPD, {
      args: [
        ...["-f", "-r", "-Lo", "-C", "-c", `${folder}/snmpd.conf`],
        ...hosts.map((host) => `udp:${host}:${port}`),
      ],
      env: { SNMP_PERSISTENT_DIR: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const agent = new Snmpd(port, process, folder);
    await agent.#ready();
    return agent;
  }

  /** Makes it deaf, as a device that hangs. */
  pause(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Lets it go on. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Ends it and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  // It says its version when it listens.
  async #ready(): Promise<void> {
    let output = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (/NET-SNMP version/.test(output)) return;
    }
    throw new Error(`snmpd did not start: ${output}`);
  }
}

/** A UDP port on loopback that nobody uses at the moment. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
