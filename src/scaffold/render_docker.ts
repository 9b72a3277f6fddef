import { SUGGESTED_PORT } from "../status/settings.ts";
import { checkoutPath } from "./library.ts";
import type { ProjectOptions } from "./project_options.ts";
import { quotePath } from "./quote_path.ts";

/** Renders the `Dockerfile`: the executable in a small image, run by an unprivileged user. */
export function renderDockerfile(options: ProjectOptions): string {
  const { name, template, denoVersion } = options;
  const packages = template.debianPackages ?? [];
  const copied = libraryInImage(options);
  const build = copied === undefined
    ? `#   docker build -t ${name} .`
    : `#   docker build -t ${name} --build-context collector=${quotePath(copied)} .`;
  const run = ["docker run -d --name", name, "--restart unless-stopped --env-file .env"];
  const onHost = template.ports !== undefined;
  if (onHost) run.push("--network host");
  run.push(`-v ${name}-data:/app/data`, name);

  return `# Build and run, if not by compose.yaml:
${build}
#   ${run.join(" ")}
${
    onHost ? "" : `#
# HEALTH_PORT=${SUGGESTED_PORT} in .env and --publish 127.0.0.1:${SUGGESTED_PORT}:${SUGGESTED_PORT} behind docker run show the
# status at http://127.0.0.1:${SUGGESTED_PORT}/ of this machine.
`
  }
FROM denoland/deno:debian-${denoVersion} AS build
WORKDIR /src
${
    copied === undefined ? "" : `# deno.json links the library in this folder.
COPY --from=collector ${JSON.stringify([".", copied])}
`
  }COPY . .
RUN deno task compile && mkdir -p data

${packages.length === 0 ? SMALL_IMAGE : debianImage(packages)}
WORKDIR /app
COPY --from=build /src/dist/${name} /usr/local/bin/${name}
# Holds the values waiting for Grafolean: keep it on a volume.
COPY --from=build --chown=65532:65532 /src/data ./data
VOLUME /app/data
USER 65532:65532
${
    onHost
      ? template.ports.map((port) => `EXPOSE ${port}\n`).join("")
      : "# Docker decides who reaches HEALTH_PORT.\nENV HEALTH_HOST=0.0.0.0\n"
  }
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/usr/local/bin/${name}", "--health"]
ENTRYPOINT ["/usr/local/bin/${name}"]
`;
}

/** The path of the library that the image needs as well; `undefined` if it has it from JSR. */
export function libraryInImage({ checkout }: ProjectOptions): string | undefined {
  if (checkout === undefined) return undefined;
  const library = checkoutPath(checkout);
  // No container has the path of a folder on Windows.
  return /^[A-Za-z]:/.test(library) ? undefined : library;
}

/** Renders `.dockerignore`, which keeps the token out of the image. */
export function renderDockerignore(): string {
  return `.env
.env.*
.git
data
dist
`;
}

// The C library and certificates, not even a shell.
const SMALL_IMAGE = "FROM gcr.io/distroless/cc-debian13";

function debianImage(packages: readonly string[]): string {
  return `FROM debian:13-slim
RUN apt-get update \\
  && apt-get install -y --no-install-recommends ${packages.join(" ")} \\
  && rm -rf /var/lib/apt/lists/*`;
}
