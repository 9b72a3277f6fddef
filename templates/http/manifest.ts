import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import setup from "./setup.ts" with { type: "text" };
import tlsDaysLeft from "./tls_days_left.ts" with { type: "text" };

/** A bot that watches web pages. */
export const HTTP: Template = {
  name: "http",
  about:
    "watches web pages: availability, status, response time, size, days until the certificate expires",
  protocol: "http",
  protocolChoice: "template",
  botName: "http-bot",
  files: {
    "main.ts": main,
    "bot.ts": bot,
    "tls_days_left.ts": tlsDaysLeft,
    "bot_test.ts": botTest,
    "dev.ts": dev,
    "setup.ts": setup,
  },
  readme,
  permissions: { net: true },
  testPermissions: { net: ["127.0.0.1"] },
};
