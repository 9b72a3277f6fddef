import type { BotClass } from "../bot/create_bot.ts";
import type { SetupDefinition } from "./definition.ts";

/** Creates in Grafolean what a bot needs and is missing. */
export function runSetup(_BotClass: BotClass, definition: SetupDefinition): Promise<void> {
  return Promise.reject(new Error(`Cannot set up ${definition.name} yet`));
}
