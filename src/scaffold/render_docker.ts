import type { Project } from "./project_options.ts";

/** Renders the `Dockerfile`: the executable of the bot in a small image, run by a user without rights. */
export function renderDockerfile(project: Project): string {
  const { name, template, denoVersion, library } = project;
  const packages = template.debianPackages ?? [];
  const checkout = library.kind === "checkout" ? folderOf(library.url) : undefined;
  const build = checkout === undefined
    ? `#   docker build -t ${name} .`
    : `#   docker build -t ${name} --build-context collector=${quoted(checkout)} .`;
  const run = ["docker run -d --name", name, "--restart unless-stopped --env-file .env"];
  for (const port of template.ports ?? []) run.push(`-p ${port.replace(/^(\d+)/, "$1:$1")}`);
  run.push(`-v ${name}-data:/app/data`, name);

  return `# Build and run:
${build}
#   ${run.join(" ")}

FROM denoland/deno:debian-${denoVersion} AS build
WORKDIR /src
${
    checkout === undefined
      ? ""
      : `# This project takes the library from a folder, which has to be at the same place here.
COPY --from=collector ${JSON.stringify([".", checkout])}
`
  }COPY . .
RUN deno task compile && mkdir -p data

${packages.length === 0 ? SMALL_IMAGE : debianImage(packages)}
WORKDIR /app
COPY --from=build /src/dist/${name} /usr/local/bin/${name}
# Holds the values that wait for Grafolean: keep it on a volume.
COPY --from=build --chown=65532:65532 /src/data ./data
VOLUME /app/data
USER 65532:65532
${(template.ports ?? []).map((port) => `EXPOSE ${port}\n`).join("")}
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/usr/local/bin/${name}", "--health"]
ENTRYPOINT ["/usr/local/bin/${name}"]
`;
}

/** Renders `.dockerignore`: what must not get into an image, the token above all. */
export function renderDockerignore(): string {
  return `.env
.env.*
.git
data
dist
`;
}

// The C library, certificates, and nothing else: not even a shell.
const SMALL_IMAGE = "FROM gcr.io/distroless/cc-debian13";

function debianImage(packages: readonly string[]): string {
  return `FROM debian:13-slim
RUN apt-get update \\
  && apt-get install -y --no-install-recommends ${packages.join(" ")} \\
  && rm -rf /var/lib/apt/lists/*`;
}

/** The path of a folder; `undefined` for one on Windows, which no container has. */
function folderOf(url: string): string | undefined {
  const path = decodeURIComponent(new URL(url).pathname);
  return /^\/[A-Za-z]:/.test(path) ? undefined : path.replace(/\/$/, "");
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
