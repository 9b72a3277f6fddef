import { runSetup, type SetupDefinition } from "@grafolean/collector/setup";
import { HttpBot, PROTOCOL } from "./bot.ts";

/** What `deno task setup` creates in Grafolean. */
export const SETUP: SetupDefinition = {
  name: "http-bot",
  protocol: PROTOCOL,
  credential: [{ name: "timeout", question: "Seconds that a page may take", default: "10" }],
  sensors: [{ name: "web page", interval: 60, details: { url: "{url}" } }],
  device: [{ name: "url", question: "URL of the page, such as https://example.com/" }],
  charts: ({ device, sensors: [page] }) => {
    const path = `entity.${device}.http.${page}`;
    return [
      {
        title: "availability",
        series: [
          { path: `${path}.ok`, label: "Available", unit: "%", expression: "$1*100" },
          // A chart of its own would stay empty for `http:` pages.
          { path: `${path}.tls_days`, label: "Certificate expires in", unit: "days" },
        ],
      },
      {
        title: "response time",
        series: [{
          path: `${path}.time`,
          label: "Response time",
          unit: "ms",
          expression: "$1*1000",
        }],
      },
    ];
  },
};

if (import.meta.main) await runSetup(HttpBot, SETUP);
