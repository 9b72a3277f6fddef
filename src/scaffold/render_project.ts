import { botNameProblem, protocolProblem } from "./bot_name.ts";
import { defaultProtocol, type Project, type ProjectOptions } from "./project_options.ts";
import { importsOf, projectFiles } from "./render_template.ts";
import { renderConfig } from "./render_config.ts";
import { renderDockerfile, renderDockerignore } from "./render_docker.ts";
import { renderEnv, renderEnvExample } from "./render_env.ts";
import { renderReadme } from "./render_readme.ts";
import { renderService } from "./render_systemd.ts";

/** The file with the token: nobody else may read it. */
export const SECRET_FILE = ".env";

/**
 * Renders a bot project. Pure: nothing is read or written.
 *
 * @returns The text of each file by its path, with `/` between folders.
 * @throws {RangeError} If the name or the protocol cannot be used.
 */
export function renderProject(options: ProjectOptions): Map<string, string> {
  const project: Project = {
    backendUrl: "",
    botToken: "",
    protocol: defaultProtocol(options.template, options.name),
    ...options,
  };
  refuse("name", project.name, botNameProblem(project.name));
  refuse("protocol", project.protocol, protocolProblem(project.protocol));

  const files = projectFiles(project);
  const imports = importsOf(files.values());
  return new Map([
    ["deno.json", renderConfig(project, imports)],
    ...files,
    [SECRET_FILE, renderEnv(project)],
    [".env.example", renderEnvExample(project)],
    [".gitignore", ".env\n.env.*\n!.env.example\ndist/\n"],
    // Keeps the folder in git, and what the bot leaves there out of it.
    ["data/.gitignore", "*\n!.gitignore\n"],
    ["README.md", renderReadme(project)],
    ["Dockerfile", renderDockerfile(project)],
    [".dockerignore", renderDockerignore()],
    [`${project.name}.service`, renderService(project)],
  ]);
}

function refuse(what: string, value: string, problem: string | undefined): void {
  if (problem === undefined) return;
  throw new RangeError(`Cannot use the ${what} ${JSON.stringify(value)} as ${problem}`);
}
