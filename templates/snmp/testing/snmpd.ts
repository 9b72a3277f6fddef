import { createSocket } from "node:dgram";
import { once } from "node:events";

/** The community and keys of the agent. */
export const SECRETS = {
  community: "right community",
  authKey: "authentication key",
  privKey: "privacy key",
} as const;

/** Whether this machine has `snmpd` (Debian package `snmpd`); without it, tests that need it are ignored. */
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
    `createUser user${auth} ${auth} "${SECRETS.authKey}" AES "${SECRETS.privKey}"`
  ),
];

/** A running Net-SNMP agent. */
export class Snmpd implements AsyncDisposable {
  /** Its UDP port. */
  readonly port: number;
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(port: number, process: Deno.ChildProcess, folder: string) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * Starts an agent and waits until it listens.
   *
   * @param config Additional lines of its configuration.
   * @param port Its UDP port. @default any free one
   * @param hosts The local addresses to listen on.
   */
  static async start(
    config: readonly string[] = [],
    port?: number,
    hosts: readonly string[] = ["127.0.0.1"],
  ): Promise<Snmpd> {
    for (let attempt = 1;; attempt++) {
      try {
        return await Snmpd.#startAt(port ?? await freePort(), config, hosts);
      } catch (error) {
        // A free port may be taken by another test before snmpd binds it.
        if (port !== undefined || attempt === 5) throw error;
      }
    }
  }

  static async #startAt(
    port: number,
    config: readonly string[],
    hosts: readonly string[],
  ): Promise<Snmpd> {
    const folder = await Deno.makeTempDir({ prefix: "snmpd-" });
    await Deno.writeTextFile(
      `${folder}/snmpd.conf`,
      [
        "dontLogTCPWrappersConnects yes",
        `rocommunity "${SECRETS.community}"`,
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
    try {
      await agent.#listening();
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Suspends the agent, like a device that hangs. */
  pause(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Resumes the agent. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Kills the agent and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  // snmpd prints its version once it listens.
  async #listening(): Promise<void> {
    let output = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      if (/NET-SNMP version/.test(output)) return;
    }
    throw new Error(`snmpd did not start: ${output}`);
  }
}

/**
 * Returns a UDP port on loopback that is free, and below those that systems give to sockets by themselves, so that none
 * gets it while an agent restarts.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const socket = createSocket("udp4");
    socket.bind(port, "127.0.0.1");
    const isFree = await once(socket, "listening").then(() => true, () => false);
    socket.close();
    await once(socket, "close");
    if (isFree) return port;
  }
}
