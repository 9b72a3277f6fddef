import type { Project } from "./project_options.ts";

/** One variable of an env file. */
interface Variable {
  readonly name: string;
  readonly value: string;
  readonly about: string;
  /** Whether it is there as a comment only. */
  readonly off?: boolean;
}

/** Renders `.env`, the settings of this bot, with its token. */
export function renderEnv(project: Project): string {
  return render(
    `Settings of ${project.name}. This file holds a secret: keep it to yourself, and out of git.`,
    variablesOf(project),
  );
}

/** Renders `.env.example`, which shows everybody what is to be set. */
export function renderEnvExample(project: Project): string {
  return render(
    `Settings of ${project.name}. Copy this file to .env and fill it in there, not here.`,
    variablesOf({ ...project, backendUrl: "", botToken: "" }),
  );
}

function variablesOf({ backendUrl, botToken, template }: Project): Variable[] {
  return [
    {
      name: "BACKEND_URL",
      value: backendUrl,
      about:
        "Where Grafolean is: its URL with /api at the end, such as https://grafolean.example.com/api.",
    },
    {
      name: "BOT_TOKEN",
      value: botToken,
      about: "The token of the bot, from its page in Grafolean.",
    },
    {
      name: "BOT_TOKEN_FROM_FILE",
      value: "data/bot-token",
      about:
        "Or, instead of BOT_TOKEN, a file that holds the token. The bot waits until the file is there. It may only " +
        "read files in the folder data: for others, change the permissions in deno.json.",
      off: true,
    },
    {
      name: "JOBS_REFRESH_INTERVAL",
      value: "120",
      about: "How often Grafolean is asked what to poll, in seconds.",
    },
    {
      name: "LOG_LEVEL",
      value: "info",
      about: "What is logged: debug, info, warn or error.",
    },
    {
      name: "OUTBOX_FILE",
      value: "data/outbox.db",
      about:
        "Where values wait while Grafolean cannot be reached. They outlive a restart. One bot per file.",
    },
    {
      name: "HEALTH_FILE",
      value: "data/health.json",
      about: "Where the bot writes how it is, every 10 seconds; --health reads it.",
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

// Docker takes quotes for a part of the value, so there are none where there need not be.
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
