import type { TemplateVariable } from "../../templates/template.ts";
import type { ProjectOptions } from "./project_options.ts";

interface Variable extends TemplateVariable {
  /** Whether to comment it out. */
  readonly off?: boolean;
}

/** Renders `.env`: the settings of the bot, with its token. */
export function renderEnv(options: ProjectOptions): string {
  return render(
    `Settings of ${options.name}. Contains a secret: do not share or commit this file.`,
    variablesOf(options),
  );
}

/** Renders `.env.example`: the settings without the values of this bot, for git. */
export function renderEnvExample(options: ProjectOptions): string {
  return render(
    `Settings of ${options.name}. Copy this file to .env and fill in the values there, not here.`,
    variablesOf({ ...options, backendUrl: "", botToken: "" }),
  );
}

function variablesOf({ backendUrl, botToken, template }: ProjectOptions): Variable[] {
  return [
    {
      name: "BACKEND_URL",
      value: backendUrl,
      about: "Base URL of Grafolean, ending in /api, such as https://grafolean.example.com/api.",
    },
    {
      name: "BOT_TOKEN",
      value: botToken,
      about: "Token of the bot, from its page in Grafolean.",
    },
    {
      name: "BOT_TOKEN_FROM_FILE",
      value: "data/bot-token",
      about:
        "Instead of BOT_TOKEN: a file with the token. The bot waits until the file exists. It may only read files in " +
        "the folder data: for others, change the permissions in deno.json.",
      off: true,
    },
    {
      name: "JOBS_REFRESH_INTERVAL",
      value: "120",
      about: "How often to refresh the jobs from Grafolean, in seconds.",
    },
    {
      name: "LOG_LEVEL",
      value: "info",
      about: "Minimum level to log: debug, info, warn or error.",
    },
    {
      name: "OUTBOX_FILE",
      value: "data/outbox.db",
      about: "File for the values waiting for Grafolean. They survive a restart. One bot per file.",
    },
    {
      name: "HEALTH_FILE",
      value: "data/health.json",
      about: "File where the bot writes its health every 10 seconds; --health reads it.",
    },
    ...template.variables ?? [],
  ];
}

function render(heading: string, variables: readonly Variable[]): string {
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
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length <= 90) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.map((line) => `# ${line}`).join("\n");
}
