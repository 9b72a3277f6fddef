import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import choosePinger from "./choose_pinger.ts" with { type: "text" };
import credential from "./credential.ts" with { type: "text" };
import credentialTest from "./credential_test.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import fping from "./fping.ts" with { type: "text" };
import fpingOutput from "./fping_output.ts" with { type: "text" };
import fpingOutputTest from "./fping_output_test.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import pingOutput from "./ping_output.ts" with { type: "text" };
import pingOutputTest from "./ping_output_test.ts" with { type: "text" };
import pinger from "./pinger.ts" with { type: "text" };
import program from "./program.ts" with { type: "text" };
import { PING_SETTINGS } from "./settings.ts";
import settings from "./settings.ts" with { type: "text" };
import setup from "./setup.ts" with { type: "text" };
import standstill from "./standstill.ts" with { type: "text" };
import systemPing from "./system_ping.ts" with { type: "text" };

/** A bot that pings devices. */
export const PING: Template = {
  name: "ping",
  about: "pings devices (ICMP echo): answered packets and round-trip times",
  protocol: "ping",
  protocolChoice: "fixed",
  botName: "ping-bot",
  files: {
    "main.ts": main,
    "bot.ts": bot,
    "bot_test.ts": botTest,
    "choose_pinger.ts": choosePinger,
    "credential.ts": credential,
    "credential_test.ts": credentialTest,
    "dev.ts": dev,
    "setup.ts": setup,
    "fping.ts": fping,
    "fping_output.ts": fpingOutput,
    "fping_output_test.ts": fpingOutputTest,
    "ping_output.ts": pingOutput,
    "ping_output_test.ts": pingOutputTest,
    "pinger.ts": pinger,
    "program.ts": program,
    "settings.ts": settings,
    "standstill.ts": standstill,
    "system_ping.ts": systemPing,
  },
  readme,
  permissions: { run: ["fping", "ping"] },
  testPermissions: { run: ["fping", "ping"] },
  settings: PING_SETTINGS,
  debianPackages: ["fping", "iputils-ping"],
  capabilities: ["CAP_NET_RAW"],
};
