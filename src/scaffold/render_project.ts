import { backendUrlProblem } from "../grafolean/backend_url.ts";
import { botNameProblem, protocolProblem } from "./bot_name.ts";
import type { ProjectOptions } from "./project_options.ts";
import { renderCompose } from "./render_compose.ts";
import { renderConfig } from "./render_config.ts";
import { renderDockerfile, renderDockerignore } from "./render_docker.ts";
import { renderEnv, renderEnvExample } from "./render_env.ts";
import { renderReadme } from "./render_readme.ts";
import { renderSystemdUnit } from "./render_systemd.ts";
import { importsOf, renderTemplate } from "./render_template.ts";

/** The file with the token, which only its owner may read. */
export const SECRET_FILE = ".env";

/**
 * Renders a bot project. Pure: it reads and writes nothing.
 *
 * @returns The text of each file by its path, with `/` between folders.
 * @throws {RangeError} If the name, the protocol or the URL is invalid.
 */
export function renderProject(options: ProjectOptions): Map<string, string> {
  // They end up in code and commands.
  const problem = botNameProblem(options.name) ?? protocolProblem(options.protocol) ??
    (options.backendUrl === "" ? undefined : backendUrlProblem(options.backendUrl));
  if (problem !== undefined) throw new RangeError(problem);

  const files = renderTemplate(options);
  const imports = importsOf(files.values());
  return new Map([
    ["deno.json", renderConfig(options, imports)],
    ...files,
    [SECRET_FILE, renderEnv(options)],
    [".env.example", renderEnvExample(options)],
    [".gitignore", ".env\n.env.*\n!.env.example\ndist/\n"],
    // Keeps the folder in git, and the files of the bot out of it.
    ["data/.gitignore", "*\n!.gitignore\n"],
    ["README.md", renderReadme(options)],
    ["Dockerfile", renderDockerfile(options)],
    [".dockerignore", renderDockerignore()],
    ["compose.yaml", renderCompose(options)],
    [`${options.name}.service`, renderSystemdUnit(options)],
  ]);
}
