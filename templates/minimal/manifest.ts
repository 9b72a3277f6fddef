import type { Template } from "../template.ts";
import readme from "./README.md" with { type: "text" };
import bot from "./bot.ts" with { type: "text" };
import botTest from "./bot_test.ts" with { type: "text" };
import dev from "./dev.ts" with { type: "text" };
import main from "./main.ts" with { type: "text" };
import recipes from "./recipes.ts" with { type: "text" };
import recipesTest from "./recipes_test.ts" with { type: "text" };
import setup from "./setup.ts" with { type: "text" };

/** A minimal bot to start from. */
export const MINIMAL: Template = {
  name: "minimal",
  about: "a bot to start from, for a protocol of your own",
  protocol: "minimal",
  protocolChoice: "bot name",
  className: "MinimalBot",
  botName: "minimal-bot",
  files: {
    "main.ts": main,
    "bot.ts": bot,
    "recipes.ts": recipes,
    "recipes_test.ts": recipesTest,
    "bot_test.ts": botTest,
    "dev.ts": dev,
    "setup.ts": setup,
  },
  readme,
  permissions: { net: true },
  testPermissions: { net: ["127.0.0.1"] },
};
