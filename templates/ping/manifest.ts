import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import ping from "./ping.ts" with { type: "text" };
import pingOutput from "./ping_output.ts" with { type: "text" };
import pingOutputTest from "./ping_output_test.ts" with { type: "text" };
import settings from "./settings.ts" with { type: "text" };
import settingsTest from "./settings_test.ts" with { type: "text" };

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
    "ping.ts": ping,
    "ping_output.ts": pingOutput,
    "settings.ts": settings,
    "bot_test.ts": botTest,
    "ping_output_test.ts": pingOutputTest,
    "settings_test.ts": settingsTest,
    "dev.ts": dev,
  },
  readme,
  permissions: { run: ["ping"] },
  testPermissions: { run: ["ping"] },
  debianPackages: ["iputils-ping"],
  capabilities: ["CAP_NET_RAW"],
};
