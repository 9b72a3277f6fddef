/** The agent has a table here: columns 1 to 6 with 500 rows, and column 7 with ten. */
export const TABLE = "1.3.6.1.4.1.8072.9999.1.1";
export const COMMUNITY = "bench";

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Returns addresses of this machine, one for each device. */
export const hostsOf = (devices: number): string[] =>
  upTo(devices).map((n) => `127.0.${1 + (n >> 8)}.${n & 255}`);

/** Runs programs of Net-SNMP by a shell, and returns what they print. */
export async function runPrograms(script: string): Promise<string> {
  const { success, stdout } = await new Deno.Command("sh", {
    args: ["-c", script],
    env: { MIBS: "" }, // they spend most of their time on reading MIBs otherwise
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Failed: ${script.slice(0, 200)}`);
  return new TextDecoder().decode(stdout);
}

/** Starts to count the packets that the agent receives. */
export async function countPackets(port: string): Promise<() => Promise<number>> {
  const read = async () =>
    Number(
      await runPrograms(
        `snmpget -v2c -c ${COMMUNITY} -Oqv ${hostsOf(1)[0]}:${port} 1.3.6.1.2.1.11.1.0`,
      ),
    );
  const before = await read();
  return async () => await read() - before - 1;
}
