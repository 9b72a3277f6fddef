import { SETTINGS } from "../bot/settings.ts";
import { STATUS_SETTINGS, SUGGESTED_PORT } from "../status/settings.ts";
import type { Setting } from "../toolkit/settings.ts";
import { quoteEnvValue } from "../util/quote_env_value.ts";
import { wrap } from "../util/wrap.ts";
import type { ProjectOptions } from "./project_options.ts";
import { botPermissions } from "./render_config.ts";
import { TOKEN_FOLDER } from "./stock_compose.ts";

type Values = Readonly<Record<string, string>>;

/** What new projects set although it is not the default. */
const SET: Values = { OUTBOX_FILE: "data/outbox.db", HEALTH_FILE: "data/health.json" };

/** What new projects only suggest, commented out. */
const OFF: Values = {
  BOT_TOKEN_FROM_FILE: "data/bot-token",
  DEVICES_FILE: "data/devices.json",
  HEALTH_PORT: `${SUGGESTED_PORT}`,
  HEALTH_HOST: STATUS_SETTINGS.host.default,
  HEALTH_TOKEN: "",
};

/** What `deno task setup` fills in. */
const SET_UP = ["BACKEND_URL", "BOT_TOKEN"];

/** Renders `.env`: the settings of the bot. */
export function renderEnv(options: ProjectOptions): string {
  return render(
    options,
    options.backendUrl,
    "Contains the token: do not share or commit this file.",
  );
}

/** Renders `.env.example`: the settings without the values of this bot, for git. */
export function renderEnvExample(options: ProjectOptions): string {
  const about = "Copy this file to .env and fill in the values there, not here.";
  return render(options, "", about);
}

function render(options: ProjectOptions, backendUrl: string, about: string): string {
  const { name, template } = options;
  const set: Values = { BACKEND_URL: backendUrl, ...SET };
  const settings: Setting[] = [
    ...Object.values(SETTINGS),
    ...Object.values(STATUS_SETTINGS),
    ...Object.values(template.settings ?? {}),
  ];
  const rights = ["use files in the folder data", `read tokens in ${TOKEN_FOLDER}`];
  if (botPermissions(options).net !== true) {
    rights.push(`show its status on port ${SUGGESTED_PORT}`);
  }
  const limits = rights.join(", ").replace(/, ([^,]+)$/, " and $1");
  const heading =
    `Settings of ${name}. ${about} The bot may only ${limits}: for others, change the ` +
    "permissions in deno.json.";
  const parts = settings.map(({ name, about, default: defaultText = "" }) => {
    const value = set[name] ?? OFF[name] ?? defaultText;
    const note = SET_UP.includes(name) ? "\n# deno task setup fills this in." : "";
    return `${comment(about)}${note}\n${name in OFF ? "# " : ""}${name}=${quoteEnvValue(value)}\n`;
  });
  return [`${comment(heading)}\n`, ...parts].join("\n");
}

function comment(text: string): string {
  return wrap(text, 90).map((line) => `# ${line}`).join("\n");
}
