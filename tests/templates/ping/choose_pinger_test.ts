import { ConfigError, type Logger } from "@grafolean/collector";
import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { choosePinger } from "../../../templates/ping/choose_pinger.ts";
import { FpingPinger } from "../../../templates/ping/fping.ts";
import { SystemPinger } from "../../../templates/ping/system_ping.ts";
import { install, testOnUnix } from "./unix.ts";

const GOOD_FPING = `case "$1" in
-v) echo "fping: Version 5.1" ;;
*) echo "127.0.0.1 : [0], 64 bytes, 0.05 ms (0.05 avg, 0% loss)" ;;
esac`;
const GOOD_PING = `echo "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.05 ms"
echo "1 packets transmitted, 1 received, 0% packet loss, time 0ms"`;
const NO_SOCKET = "echo 'ping: socket: Operation not permitted' >&2; exit 2";

/** Calls choosePinger on a machine with these shell scripts as its programs. */
async function choose({ fping, ping }: { fping?: string; ping?: string }) {
  const lines: string[] = [];
  const log = (level: string) => (message: string): void => void lines.push(`${level}: ${message}`);
  const logger: Logger = {
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  };
  const programs = {
    fping: fping === undefined ? "no-such-fping" : await install(fping),
    ping: ping === undefined ? "no-such-ping" : await install(ping),
  };
  const { signal } = new AbortController();
  const pinger = await choosePinger({ ipVersion: undefined }, { log: logger, signal }, programs);
  return { pinger, logged: lines.join("\n") };
}

testOnUnix("choosePinger takes fping where it works", async () => {
  const { pinger, logged } = await choose({ fping: GOOD_FPING, ping: GOOD_PING });
  assertInstanceOf(pinger, FpingPinger);
  assertEquals(logged, "info: Pinging addresses with fping 5.1, names with ping");
});

const UNUSABLE: Readonly<Record<string, [fping: string | undefined, reason: string]>> = {
  "is not installed": [undefined, "fping is not installed"],
  "is too old": [
    'echo "fping: Version 4.2"',
    "fping 4.2 is not supported: install fping 5.0 or later",
  ],
  "is something else": ["echo hello", "fping unknown is not supported"],
  "gets no answer, as without privileges": [
    GOOD_FPING.replace("64 bytes, 0.05 ms", "timed out"),
    "fping gets no answer even from 127.0.0.1: run `setcap cap_net_raw+ep` on its file",
  ],
  "may not open a socket": [
    `[ "$1" = -v ] && exec echo "fping: Version 5.1"
echo "fping: can't create socket (must run as root?)" >&2
exit 4`,
    "fping: can't create socket (must run as root?)): run `setcap cap_net_raw+ep` on its file",
  ],
};

for (const [name, [fping, reason]] of Object.entries(UNUSABLE)) {
  testOnUnix(`choosePinger takes ping where fping ${name}`, async () => {
    const { pinger, logged } = await choose({ ping: GOOD_PING, ...(fping && { fping }) });
    assertInstanceOf(pinger, SystemPinger);
    assertStringIncludes(logged, "info: Pinging with ping, one process per device, as ");
    assertStringIncludes(logged, reason);
  });
}

testOnUnix("choosePinger ends the bot where neither is installed", async () => {
  const error = await assertRejects(() => choose({}), ConfigError);
  assertStringIncludes(error.message, "ping is not installed: install it");
});

testOnUnix("choosePinger ends the bot where neither may send", async () => {
  const error = await assertRejects(() => choose({ ping: NO_SOCKET }), ConfigError);
  assertStringIncludes(error.message, "ping may not open a socket");
});

testOnUnix("choosePinger does not mind a passing failure of ping", async () => {
  const { pinger, logged } = await choose({ ping: "kill -TERM $$" });
  assertInstanceOf(pinger, SystemPinger);
  assertStringIncludes(logged, "warn: Cannot ping 127.0.0.1: ping was killed by SIGTERM");
});
