import { CONFIG_NAMES } from "../bot/config.ts";
import { COMPILER_OPTIONS, LINE_WIDTH } from "./library_imports.ts";
import { joinPermissions, permissionFlags, type Permissions } from "../../templates/permissions.ts";
import type { Project } from "./project_options.ts";

/** The systems that `deno compile` makes executables for. */
export const TARGETS: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "windows-x64": "x86_64-pc-windows-msvc",
};

/** Renders the `deno.json` of a project that imports `imports`. */
export function renderConfig(project: Project, imports: Readonly<Record<string, string>>): string {
  const { library, template } = project;
  const config = {
    imports,
    // In a folder of the checkout, Deno would take the project for a forgotten member of the checkout's workspace.
    ...(library.kind === "checkout" && { links: [library.url], workspace: [], lock: false }),
    ...(template.unstable && { unstable: template.unstable }),
    tasks: tasksOf(project),
    compilerOptions: COMPILER_OPTIONS,
    fmt: { lineWidth: LINE_WIDTH, proseWrap: "preserve" },
    test: { sanitizeOps: true, sanitizeResources: true },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** What the bot of a project may do. */
export function botPermissions({ template, backendUrl }: Project): Permissions {
  const { net, ...others } = template.permissions;
  return joinPermissions(others, {
    net: net === true || backendUrl === "" ? true : [hostOf(backendUrl), ...net ?? []],
    env: [...CONFIG_NAMES, "NO_COLOR", ...(template.variables ?? []).map(({ name }) => name)],
    read: [".env", "data"],
    write: ["data"],
  });
}

interface Task {
  readonly description: string;
  readonly command?: string;
  readonly dependencies?: readonly string[];
}

function tasksOf(project: Project): Record<string, Task> {
  const { name, template } = project;
  const bot = permissionFlags(botPermissions(project));
  const dev = permissionFlags(joinPermissions(
    template.permissions,
    template.devPermissions ?? {},
    {
      net: ["127.0.0.1"],
      env: [
        "LOG_LEVEL",
        "NO_COLOR",
        ...(template.variables ?? []).map((variable) => variable.name),
      ],
    },
  ));
  const compile = (flags: string, output: string) =>
    `deno compile ${bot} ${flags}--output dist/${output} main.ts`;
  const each = Object.entries(TARGETS);
  return {
    start: { description: "Run the bot", command: `deno run ${bot} main.ts` },
    once: {
      description: "Run every job once, send the values, and end",
      command: "deno task -q start --once",
    },
    "dry-run": {
      description: "Run every job once, print the values, and send nothing",
      command: "deno task -q start --dry-run",
    },
    health: {
      description: "Say how the bot is that runs here",
      command: "deno task -q start --health",
    },
    dev: {
      description: "Run the bot against a Grafolean in memory, and again after each change",
      command: `deno run --watch ${dev} dev.ts`,
    },
    test: {
      description: "Run the tests",
      command: `deno test ${permissionFlags(template.testPermissions)}`,
    },
    check: {
      description: "Check format, style and types",
      command: "deno fmt --check && deno lint && deno check",
    },
    compile: {
      description: "Make an executable for this machine",
      command: compile("", name),
    },
    ...Object.fromEntries(each.map(([system, target]) => [`compile:${system}`, {
      description: `Make an executable for ${system}`,
      command: compile(`--target ${target} `, `${name}-${system}`),
    }])),
    "compile:all": {
      description: "Make executables for all systems",
      dependencies: each.map(([system]) => `compile:${system}`),
    },
  };
}

function hostOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
