import library from "../../deno.json" with { type: "json" };
import { joinPermissions, permissionFlags, type Permissions } from "../../templates/permissions.ts";
import type { Template } from "../../templates/template.ts";
import { SETTINGS } from "../bot/settings.ts";
import { hostWithPort } from "../grafolean/backend_url.ts";
import { STATUS_SETTINGS, SUGGESTED_PORT } from "../status/settings.ts";
import type { ProjectOptions } from "./project_options.ts";
import { STOCK_HOST, TOKEN_FOLDER } from "./stock_compose.ts";

/** The systems that `deno compile` makes executables for. */
const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64": "x86_64-pc-windows-msvc",
};

/** Where a bot may show its status: to this machine, or to all, as in a container. */
const STATUS_ADDRESSES = [`127.0.0.1:${SUGGESTED_PORT}`, `0.0.0.0:${SUGGESTED_PORT}`];

/** Renders the `deno.json` of a project. */
export function renderConfig(
  options: ProjectOptions,
  imports: Readonly<Record<string, string>>,
): string {
  const { checkout, template } = options;
  const config = {
    imports,
    // The empty workspace is for projects inside the checkout: Deno warns about those that are no member of a workspace
    // around them.
    ...(checkout !== undefined && { links: [checkout], workspace: [], lock: false }),
    ...(template.unstable && { unstable: template.unstable }),
    tasks: tasksOf(options),
    // As in the library, whose templates follow both.
    compilerOptions: library.compilerOptions,
    fmt: { lineWidth: library.fmt.lineWidth, proseWrap: "preserve" },
    test: { sanitizeOps: true, sanitizeResources: true },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The permissions of the tasks that run the bot. */
export function botPermissions({ template, backendUrl }: ProjectOptions): Permissions {
  const { net, ...others } = template.permissions;
  return joinPermissions(others, {
    net: net === true || backendUrl === ""
      ? true
      : [hostWithPort(backendUrl), `${STOCK_HOST}:80`, ...STATUS_ADDRESSES, ...net ?? []],
    env: [
      ...namesOf(SETTINGS),
      ...namesOf(STATUS_SETTINGS),
      "NO_COLOR",
      "TERM",
      ...namesOf(template.settings),
    ],
    read: [".env", "data", TOKEN_FOLDER],
    write: ["data"],
  });
}

interface Task {
  readonly description: string;
  readonly command?: string;
  readonly dependencies?: readonly string[];
}

function tasksOf(options: ProjectOptions): Record<string, Task> {
  const { name, template } = options;
  const bot = permissionFlags(botPermissions(options));
  const dev = permissionFlags(joinPermissions(
    template.permissions,
    template.devPermissions ?? {},
    {
      net: ["127.0.0.1"],
      env: ["LOG_LEVEL", "LOG_FORMAT", "NO_COLOR", "TERM", ...namesOf(template.settings)],
    },
  ));
  // Writes the settings to a new file, which then takes the place of the old one; in a fresh checkout there is only the
  // example.
  const setup = permissionFlags(
    joinPermissions(botPermissions(options), {
      read: [".env.new", ".env.example"],
      write: [".env", ".env.new"],
    }),
  );
  const compile = (flags: string, output: string) =>
    `deno compile ${bot} ${flags}--output dist/${output} main.ts`;
  const each = Object.entries(TARGETS);
  return {
    setup: {
      description: "Create in Grafolean what the bot needs, and see its first value",
      command: `deno run ${setup} setup.ts`,
    },
    start: { description: "Run the bot", command: `deno run ${bot} main.ts` },
    once: {
      description: "Run every job once, send the values, and exit",
      command: "deno task -q start --once",
    },
    "dry-run": {
      description: "Run every job once, print the values, send nothing, and exit",
      command: "deno task -q start --dry-run",
    },
    explain: {
      description: "Ask Grafolean why each device is polled or not",
      command: "deno task -q start --explain",
    },
    health: {
      description: "Report the health of the running bot",
      command: "deno task -q start --health",
    },
    dev: {
      description: "Run the bot against a Grafolean in memory, and restart it on changes",
      command: `deno run --watch ${dev} dev.ts`,
    },
    test: {
      description: "Run the tests",
      command: `deno test ${permissionFlags(template.testPermissions)}`,
    },
    check: {
      description: "Check formatting, lint and types",
      command: "deno fmt --check && deno lint && deno check",
    },
    compile: {
      description: "Compile an executable for this machine",
      command: compile("", name),
    },
    ...Object.fromEntries(each.map(([system, target]) => [`compile:${system}`, {
      description: `Compile an executable for ${system}`,
      command: compile(`--target ${target} `, `${name}-${system}`),
    }])),
    "compile:all": {
      description: "Compile executables for all systems",
      dependencies: each.map(([system]) => `compile:${system}`),
    },
  };
}

function namesOf(settings: Template["settings"] = {}): string[] {
  return Object.values(settings).map(({ name }) => name);
}
