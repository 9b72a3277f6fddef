import library from "../../deno.json" with { type: "json" };
import { SUGGESTED_PORT } from "../status/settings.ts";
import { checkoutPath, LIBRARY_SPECIFIER } from "./library.ts";
import type { ProjectOptions } from "./project_options.ts";
import { quotePath } from "./quote_path.ts";
import { STOCK_HOST } from "./stock_compose.ts";
import { defaultProtocol } from "./templates.ts";

/** Renders the `README.md`: how to start, what the template documents about its bot, and how to deploy it. */
export function renderReadme(options: ProjectOptions): string {
  const { name, template, protocol } = options;
  // The heading is the name of the new bot.
  const about = template.readme.replace(/^# .*\n+/, "").trim()
    .replaceAll(`\`${template.protocol}\``, `\`${protocol}\``);
  return `# ${name}

A bot for [Grafolean](https://github.com/grafolean/grafolean), protocol \`${protocol}\`, built with
\`@grafolean/collector\`. It needs Deno; with Node alone, write \`npx -y deno@2.9\` for \`deno\`.

## Get started

1. \`deno task dev\` runs the bot against a Grafolean in memory with sample devices, and restarts it
   when you save. It needs no setup. The address that it prints shows live charts, the status of the
   bot, and switches that break Grafolean.
2. \`deno task setup\` creates in Grafolean what the bot needs, and shows its first value: see
   [Set up](#set-up). \`setup.ts\` declares what there is to create.
3. \`deno task dry-run\` shows what the bot would send, with \`--json\` as JSON lines.
4. \`deno task start\` runs it until Ctrl-C.
5. \`deno task explain\` says why each device is polled or not, \`deno task explain NAME\` the same for one.

\`deno task\` lists all tasks; \`--help\` behind \`setup\` or \`start\` lists their options. The tasks in
\`deno.json\` list the permissions of the bot. An executable has the same.
${netNote(options)}
${about}

## The file .env

It explains each setting. Git ignores it: in a new clone, copy \`.env.example\` to \`.env\`. Environment
variables override the file. The executable reads \`.env\` and \`data\` in the current directory, so start it
in a folder of its own.

Only one bot may use an \`OUTBOX_FILE\`. The files beside it, with \`-journal\` and \`.damaged-\` in their names,
belong to it; a damaged outbox is kept for you to look at, and may be deleted.

## Deploy

\`deno task compile\` makes one file, \`dist/${name}\`, that needs neither Deno nor anything else${
    needs(options)
  }.
It contains no setting and no token. \`deno task compile:all\` makes one for each system.

- systemd: see the first lines of \`${name}.service\`.
- Docker: see the first lines of \`Dockerfile\`.
- Docker Compose: \`compose.yaml\` runs the bot beside a Grafolean that was installed with its own
  \`docker-compose.yml\`; its comments say how. The \`autoheal\` of that installation restarts every
  container that is unhealthy, this one too; values that wait are on a volume.

\`${name} --health\` reads \`HEALTH_FILE\`, reports the health in one line, and exits with 1 if
something is wrong. Docker runs it as its health check.

## Watch it

With \`HEALTH_PORT=${SUGGESTED_PORT}\` in \`.env\`, a running bot shows at <http://127.0.0.1:${SUGGESTED_PORT}/> what it polls, what it
does not, and why, live. \`/metrics\` there is for Prometheus, \`/healthz\` and \`/readyz\` are for probes. Only
this machine reaches it; \`.env\` says how others do. For another port, change \`--allow-net\` in \`deno.json\`
too, if that lists addresses.

## Upgrade

${
    options.checkout === undefined
      ? `\`deno update --latest ${library.name}\``
      : `\`git pull\` in ${checkoutPath(options.checkout)}`
  } brings the newest version of the library. Read
[what is new](https://github.com/grafolean/collector/blob/main/CHANGELOG.md), then run
\`deno task check\` and \`deno task test\`.

That leaves the files of the project as they are: all of them are yours. To compare them with those that
the new version would create, commit your changes, then let it overwrite them. \`.env\` is kept, and gets
the settings that are new:

\`\`\`sh
${upgradeCommand(options)}
git status --short  # M: changed, ??: new
git diff            # what is new, and what of yours is gone
git restore bot.ts  # takes a file of yours back
\`\`\`

Your own code is usually in the \`.ts\` files: take those back. The other files depend on these options
only, except for permissions that you have added to \`deno.json\`: add them again.
${libraryNote(options)}`;
}

function upgradeCommand({ name, template, protocol, checkout }: ProjectOptions): string {
  const scaffold = checkout === undefined
    ? `jsr:${library.name}@VERSION/create`
    : quotePath(`${checkoutPath(checkout)}/scaffold.ts`);
  const isDefault = protocol === defaultProtocol(template, name);
  return `deno run --allow-read=. --allow-write=. ${scaffold} ${name} \\
  --template ${template.name}${
    isDefault ? "" : ` --protocol ${protocol}`
  } --dir . --no-git --yes --force`;
}

function netNote({ template, backendUrl }: ProjectOptions): string {
  if (template.permissions.net === true) {
    return `The bot may connect to every host, as devices can be anywhere. To restrict it, name the hosts:
\`--allow-net=grafolean.example.com,10.0.0.5\`.
`;
  }
  return backendUrl === ""
    ? `The bot may connect to every host, but needs only Grafolean: \`--allow-net=grafolean.example.com\`.
`
    : `The bot may connect to \`${
      new URL(backendUrl).host
    }\`, and to \`${STOCK_HOST}\` in Docker Compose, only: if Grafolean
moves, change that too.
`;
}

function needs({ template }: ProjectOptions): string {
  const packages = template.debianPackages ?? [];
  return packages.length === 0
    ? ""
    : `, except ${packages.map((each) => `\`${each}\``).join(" and ")} (Debian)`;
}

function libraryNote({ checkout }: ProjectOptions): string {
  if (checkout === undefined) return "";
  return `
## Library

This project links a checkout of the library, so it needs no registry, but works only where the checkout
is. If the checkout moves on to a version that \`"imports"\` in \`deno.json\` does not allow, change the
version there. To use \`${LIBRARY_SPECIFIER}\` from JSR instead, delete \`"links"\`,
\`"workspace"\` and \`"lock"\` from \`deno.json\`. Until then only those parts of \`@std\` are
available that the library uses.
`;
}
