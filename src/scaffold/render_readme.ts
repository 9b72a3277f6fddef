import { LIBRARY_SPECIFIER } from "./library_imports.ts";
import type { Project } from "./project_options.ts";

/** Renders the `README.md`: what to do next, what the template says of its bot, and how to keep the bot running. */
export function renderReadme(project: Project): string {
  const { name, template, protocol } = project;
  // In a new file the heading is the name of the bot.
  const about = template.readme.replace(/^# .*\n+/, "").trim()
    .replaceAll(`\`${template.protocol}\``, `\`${protocol}\``);
  return `# ${name}

A bot for [Grafolean](https://github.com/grafolean/grafolean), protocol \`${protocol}\`, made with
\`@grafolean/collector\`. Deno is all it needs; where Deno is not installed but Node is, say
\`npx -y deno@2.9\` in place of \`deno\`.

## Next

1. \`deno task dev\` runs the bot against a Grafolean in memory with sample devices, and again after
   each change. Nothing has to be set up for that.
2. In Grafolean, set up what is described below, and put the address and the token into \`.env\`.
3. \`deno task dry-run\` shows what the bot would send.
4. \`deno task start\` runs it.

${about}

## Tasks

- \`deno task start\`: run the bot until Ctrl-C
- \`deno task once\`: run every job once, send the values, and end
- \`deno task dry-run\`: run every job once, print the values, and send nothing; \`--json\` for JSON lines
- \`deno task health\`: say how the bot is that runs here
- \`deno task dev\`: try it out against a Grafolean in memory, with reload
- \`deno task test\`: run the tests
- \`deno task check\`: check format, style and types
- \`deno task compile\`: make an executable, \`dist/${name}\`; \`deno task compile:all\` for all systems

What the bot may do is spelled out in these tasks, in \`deno.json\`, and compiled into the executable.
${netNote(project)}
## Settings

Each setting is explained in \`.env\`, which git does not get to see. Real environment variables win over
the file. The executable looks for \`.env\` and the folder \`data\` where it is started, so start it in a
folder of its own.

## In production

\`deno task compile\` makes one file that needs neither Deno nor anything else${needs(project)}.
It holds no setting and no token.

With systemd: the first lines of \`${name}.service\` say how to install it.

With Docker: the first lines of \`Dockerfile\` say how to build and run it.

Whether all is well: \`${name} --health\` reads \`HEALTH_FILE\`, says in one line what is wrong if
something is, and ends with 1 then. Docker calls it by itself.

Only one bot may use an \`OUTBOX_FILE\`.
${libraryNote(project)}`;
}

function netNote({ template, backendUrl }: Project): string {
  if (template.permissions.net === true) {
    return `It may talk to every host, because devices can be anywhere: if yours are not, name the hosts, as in
\`--allow-net=grafolean.example.com,10.0.0.5\`.
`;
  }
  return backendUrl === ""
    ? `It may talk to every host; that of Grafolean is enough: \`--allow-net=grafolean.example.com\`.
`
    : `It may talk to \`${new URL(backendUrl).host}\` only: if Grafolean moves, change that too.
`;
}

function needs({ template }: Project): string {
  const packages = template.debianPackages ?? [];
  return packages.length === 0
    ? ""
    : `, but for ${packages.map((each) => `\`${each}\``).join(" and ")} (packages of Debian)`;
}

function libraryNote({ library }: Project): string {
  if (library.kind === "jsr") return "";
  return `
## Where the library comes from

This project was made from a copy of the library, and uses that copy: it needs no registry, but it works
only where the copy is. To take \`${LIBRARY_SPECIFIER}\` from JSR instead, delete \`"links"\`,
\`"workspace"\` and \`"lock"\` from \`deno.json\`.
`;
}
