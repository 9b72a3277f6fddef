import { SETTINGS } from "../bot/settings.ts";
import type { Setting } from "../toolkit/settings.ts";
import { wrap } from "../util/wrap.ts";
import type { ProjectOptions } from "./project_options.ts";

interface Variable {
  readonly name: string;
  readonly about: string;
  readonly value: string;
  /** Whether to comment it out. */
  readonly off?: boolean;
}

type Values = { readonly [Key in keyof typeof SETTINGS]?: string };

/** What new projects set although it is not the default. */
const SET: Values = { outboxFile: "data/outbox.db", healthFile: "data/health.json" };

/** What new projects only suggest. */
const OFF: Values = { botTokenFile: "data/bot-token", devicesFile: "data/devices.json" };

/** Renders `.env`: the settings of the bot, with its token. */
export function renderEnv(options: ProjectOptions): string {
  const about = "Contains a secret: do not share or commit this file.";
  return render(options, about, variablesOf(options));
}

/** Renders `.env.example`: the settings without the values of this bot, for git. */
export function renderEnvExample(options: ProjectOptions): string {
  const about = "Copy this file to .env and fill in the values there, not here.";
  return render(options, about, variablesOf({ ...options, backendUrl: "", botToken: "" }));
}

function variablesOf({ backendUrl, botToken, template }: ProjectOptions): Variable[] {
  const set: Values = { backendUrl, botToken, ...SET };
  return [
    ...Object.entries<Setting>(SETTINGS).map(([name, setting]) => {
      const key = name as keyof typeof SETTINGS;
      const value = set[key] ?? OFF[key] ?? setting.default ?? "";
      return { ...setting, value, off: key in OFF };
    }),
    ...(template.variables ?? []).map((variable) => ({
      ...variable,
      value: variable.default ?? "",
    })),
  ];
}

function render({ name }: ProjectOptions, about: string, variables: readonly Variable[]): string {
  const heading =
    `Settings of ${name}. ${about} The bot may only use files in the folder data: for others, change the ` +
    "permissions in deno.json.";
  const parts = variables.map(({ name, value, about, off }) =>
    `${comment(about)}\n${off ? "# " : ""}${name}=${quoted(value)}\n`
  );
  return [`${comment(heading)}\n`, ...parts].join("\n");
}

// Only where needed, as Docker takes quotes for a part of the value.
function quoted(value: string): string {
  if (!/[\s#$'"\\]/.test(value)) return value;
  return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
}

function comment(text: string): string {
  return wrap(text, 90).map((line) => `# ${line}`).join("\n");
}
