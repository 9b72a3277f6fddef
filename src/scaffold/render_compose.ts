import { SUGGESTED_PORT } from "../status/settings.ts";
import { wrap } from "../util/wrap.ts";
import type { ProjectOptions } from "./project_options.ts";
import { libraryInImage } from "./render_docker.ts";
import { STOCK_HOST, STOCK_NETWORK, STOCK_SECRETS, stockBotOf } from "./stock_compose.ts";

/** Renders `compose.yaml`, which runs the image of the bot beside Grafolean's own Docker Compose. */
export function renderCompose(options: ProjectOptions): string {
  const { name, protocol, template } = options;
  // Docker replaces the addresses of the senders, except on the network of the host.
  const onHost = template.ports !== undefined;
  const stockBot = stockBotOf(protocol);
  const library = libraryInImage(options);
  const build = library === undefined ? "    build: ." : `    build:
      context: .
      additional_contexts:
        collector: ${quoted(library)}`;
  const environment = [
    ...(onHost ? [] : [`      BACKEND_URL: http://${STOCK_HOST}/api`]),
    ...(stockBot === undefined ? [] : [
      comment(
        `The token that Grafolean gives its own bot. Delete this line if .env has a BOT_TOKEN. Otherwise first ` +
          `remove ${
            list(stockBot.services)
          } from Grafolean's docker-compose.yml: two bots with one token store ` +
          `every value twice.`,
        6,
      ),
      `      BOT_TOKEN_FROM_FILE: ${stockBot.tokenFile}`,
    ]),
  ];
  return `${
    comment(
      `Runs ${name} beside a Grafolean that was installed with its own docker-compose.yml. The names grafolean_… ` +
        `below start with the name of the folder of that file; docker network ls shows them.`,
    )
  }
#
#   docker compose up -d --build
#   docker compose logs -f

services:
  ${name}:
${build}
    image: ${name}
    restart: unless-stopped
    env_file: .env
${environment.length === 0 ? "" : `    environment:\n${environment.join("\n")}\n`}    volumes:
      - data:/app/data
${stockBot === undefined ? "" : "      - shared-secrets:/shared-secrets:ro\n"}${
    onHost ? HOST_NETWORK : `    networks:\n      - grafolean\n${statusPort(name)}`
  }
volumes:
  data:
    name: ${name}-data
${stockBot === undefined ? "" : external("shared-secrets", STOCK_SECRETS)}${
    onHost ? "" : `\nnetworks:\n${external("grafolean", STOCK_NETWORK)}`
  }`;
}

function statusPort(name: string): string {
  return `${
    comment(
      `With HEALTH_PORT=${SUGGESTED_PORT} in .env, Prometheus in this network scrapes ${name}:${SUGGESTED_PORT}, and these ` +
        `lines show the status at http://127.0.0.1:${SUGGESTED_PORT}/ of this machine:`,
      4,
    )
  }
    # ports:
    #   - 127.0.0.1:${SUGGESTED_PORT}:${SUGGESTED_PORT}
`;
}

const HOST_NETWORK = `${
  comment(
    "Docker replaces the addresses of exporters, except on the network of the host. BACKEND_URL in .env is the one of " +
      "the host, such as http://localhost/api.",
    4,
  )
}
    network_mode: host
`;

function external(key: string, name: string): string {
  return `  ${key}:\n    external: true\n    name: ${name}\n`;
}

function comment(text: string, indent = 0): string {
  const margin = " ".repeat(indent);
  return wrap(text, 90 - indent).map((line) => `${margin}# ${line}`).join("\n");
}

function list(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]+)$/, " and $1");
}

// Compose replaces variables in texts too.
function quoted(path: string): string {
  return JSON.stringify(path).replaceAll("$", "$$$$");
}
