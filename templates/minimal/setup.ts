import { runSetup, type SetupDefinition } from "@grafolean/collector/setup";
import { MinimalBot, PROTOCOL } from "./bot.ts";

/** What `deno task setup` creates in Grafolean. */
export const SETUP: SetupDefinition = {
  name: "minimal-bot",
  protocol: PROTOCOL,
  credential: [
    { name: "user", question: "User name on the devices", default: "" },
    { name: "password", question: "Password on the devices", default: "", secret: true },
  ],
  sensors: [{ name: `${PROTOCOL} answer`, interval: 60 }],
  device: [{ name: "ipv4", question: "IP address", default: "127.0.0.1" }],
  // One line per sensor; `unit` is what the axis shows.
  charts: ({ device, sensors: [answer] }) => [{
    title: "answer",
    series: [{ path: `entity.${device}.${PROTOCOL}.${answer}`, label: "Answer", unit: "" }],
  }],
};

if (import.meta.main) await runSetup(MinimalBot, SETUP);
