// What no compiler checks.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import config from "../deno.json" with { type: "json" };
import { TEMPLATES } from "../src/scaffold/templates.ts";
import { VERSION } from "../src/util/version.ts";

const ROOT = join(import.meta.dirname!, "..");
const IGNORED = [".git", ".tmp", "coverage", "node_modules"];

/** Paths of all files of the repository, with slashes, relative to its root. */
async function files(directory = ROOT): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    // Tests of templates make folders here, as they may write nowhere else.
    if (IGNORED.includes(name) || name.startsWith(".test-")) continue;
    if (isDirectory) found.push(...await files(path));
    else found.push(relative(ROOT, path).replaceAll("\\", "/"));
  }
  return found.sort();
}

/** The path of a `file:` URL, relative to the root of the repository. */
function pathOf(url: string): string {
  return relative(ROOT, fileURLToPath(url)).replaceAll("\\", "/");
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(join(ROOT, path));
}

async function tryDeno(...args: string[]): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Paths of the modules of this repository that an entry point imports. */
async function modulesOf(entry: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: ROOT,
  }).output();
  const graph: { modules: { specifier: string }[] } = JSON.parse(new TextDecoder().decode(stdout));
  return graph.modules
    .filter(({ specifier }) => specifier.startsWith("file:"))
    .map(({ specifier }) => pathOf(specifier))
    .filter((path) => /^(?:mod\.ts$|src\/)/.test(path));
}

/** The lines of a module without comments. Does not recognize strings, which has done no harm yet. */
async function codeOf(path: string): Promise<string[]> {
  const blank = (comment: string) => comment.replace(/[^\n]/g, "");
  const source = await read(path);
  return source.replace(/\/\*[^]*?\*\//g, blank).replace(/(^|\s)\/\/ .*$/gm, blank).split("\n");
}

const LIBRARY = [
  config.exports["."],
  config.exports["./status"],
  config.exports["./testing"],
  config.exports["./toolkit"],
];

/** The language and the web APIs of Node 20, without those of Deno. */
const NODE_20 = [
  "es2023",
  "es2024.string",
  "esnext.disposable",
  "dom",
  "dom.asynciterable",
  "dom.iterable",
];

Deno.test("mod.ts, status, testing and toolkit use only APIs that Node 20 has", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { imports, compilerOptions } = config;
    const path = join(directory, "deno.json");
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        imports,
        compilerOptions: { ...compilerOptions, lib: NODE_20 },
        lock: false,
        links: [ROOT],
      }),
    );
    const { success, output } = await tryDeno("check", "--config", path, ...LIBRARY);
    // The dependencies are checked as well, and are not ours.
    const ours = output.split("\n").filter((line) =>
      [join(ROOT, "mod.ts"), join(ROOT, "src")].some((path) =>
        line.includes(pathToFileURL(path).href)
      )
    );
    assertEquals(ours, [], output);
    assert(success || output.includes("Type checking failed"), output);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Syntax that Node 20 lacks and the type check allows. */
const NEWER_SYNTAX = [/^\s*(?:await )?using /, /import\.meta\.(?:main|dirname|filename)/];

for (const entry of LIBRARY) {
  Deno.test(`${entry} and all it imports use no syntax that Node 20 lacks`, async () => {
    const modules = await modulesOf(entry);
    const least = entry === config.exports["./toolkit"] ? 3 : 20;
    assert(modules.length > least, `${modules.length} modules`);
    for (const module of modules) {
      for (const [index, line] of (await codeOf(module)).entries()) {
        const newer = NEWER_SYNTAX.some((pattern) => pattern.test(line));
        assert(!newer, `${module}:${index + 1} does not run on Node 20: ${line.trim()}`);
      }
    }
  });

  Deno.test(`${entry} and all it imports need only @std and the built-in modules of Node`, async () => {
    for (const module of await modulesOf(entry)) {
      const code = (await codeOf(module)).join("\n");
      for (const [, specifier] of code.matchAll(/^(?:import|export|\}) .*?from "(.*?)"/gm)) {
        assert(
          /^(?:\.|node:|@std\/(?:async|cli|dotenv)\/)/.test(specifier!),
          `${module} imports "${specifier}"`,
        );
      }
    }
  });
}

Deno.test("the task doc checks every export", () => {
  for (const entry of Object.values(config.exports)) {
    assertStringIncludes(config.tasks.doc.command, entry.replace("./", " "));
  }
});

Deno.test("the version is the same everywhere", async () => {
  assertEquals(VERSION, config.version);
  assertStringIncludes(await read("CHANGELOG.md"), `## [${config.version}]`);
});

Deno.test("offline/ has the packages that deno.json imports, in a matching version", async () => {
  for (const name of ["assert", "async", "cli", "dotenv"]) {
    const stand: { name: string; version: string; exports: Record<string, string> } = JSON.parse(
      await read(`offline/${name}/deno.json`),
    );
    assertEquals(stand.name, `@std/${name}`);
    const [, range] = /\^(.*)$/.exec(
      config.imports[`@std/${name}` as keyof typeof config.imports],
    )!;
    const [wanted, given] = [range!, stand.version].map((text) => text.split(".").map(Number));
    // A caret fixes the numbers up to the first one that is not 0.
    const fixed = wanted!.findIndex((part) => part > 0) + 1;
    assertEquals(given!.slice(0, fixed), wanted!.slice(0, fixed), stand.name);
    assert(given!.slice(fixed).join(".") >= wanted!.slice(fixed).join("."), stand.name);
    for (const path of Object.values(stand.exports)) await read(join("offline", name, path));
  }
});

Deno.test("deno publish takes the library and what the scaffold copies, and nothing else", async () => {
  const { success, output } = await tryDeno("publish", "--dry-run", "--allow-dirty", "--no-check");
  assert(success, output);
  const listed = [...output.matchAll(/^\s*(file:\S+) \(/gm)].map(([, url]) => pathOf(url!));
  const templates = TEMPLATES.flatMap(({ name, files }) =>
    ["manifest.ts", "README.md", ...Object.keys(files)].map((path) => `templates/${name}/${path}`)
  );
  assertEquals(
    listed.sort(),
    [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "deno.json",
      "mod.ts",
      "scaffold.ts",
      "templates/permissions.ts",
      "templates/template.ts",
      ...templates,
      ...(await files(join(ROOT, "src"))),
    ].sort(),
  );
});

Deno.test(".ci/run ends with the long variant of the test command that README names", async () => {
  const [, command] = /^(npx .* task test)\b/m.exec(await read("README.md")) ?? [];
  assert(command, "README names no test command");
  const script = await read(".ci/run");
  const [, deno] = /^deno=\((.*)\)$/m.exec(script) ?? [];
  const [, last] = /.*^timeout .*?"\$\{deno\[@\]\}" (task \S+)/ms.exec(script) ?? [];
  assertEquals(`${deno} ${last}`, `${command}:full`);
});

/** The anchors of the headings, as on GitHub. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")
  );
}

/** The files of this repository on GitHub. */
const ON_GITHUB = "https://github.com/grafolean/collector/blob/main/";

/** The targets of the links in a document, without those in code. */
async function linksOf(path: string): Promise<string[]> {
  const text = (await read(path)).replace(/^```.*?^```/gms, "");
  return [...text.matchAll(/\]\((.*?)\)|^\[[^\]]+\]: (\S+)/gm)].map(([, inline, below]) =>
    inline ?? below!
  );
}

Deno.test("links in the documents lead to files and headings that exist", async () => {
  for (const path of (await files()).filter((path) => path.endsWith(".md"))) {
    for (const target of await linksOf(path)) {
      const ours = target.startsWith(ON_GITHUB);
      if (!ours && /^\w+:/.test(target)) continue;
      const [file, anchor] = target.replace(ON_GITHUB, "").split("#");
      const linked = file ? join(ours ? "." : dirname(path), file) : path;
      const exists = await Deno.stat(join(ROOT, linked)).then(() => true, () => false);
      assert(exists, `${path} links to "${target}"`);
      if (anchor !== undefined) {
        assert(anchors(await read(linked)).includes(anchor), `${path} links to "${target}"`);
      }
    }
  }
});

Deno.test("links in README work on the page of the package, which has no other document", async () => {
  for (const target of await linksOf("README.md")) {
    assert(/^(?:#|https:)/.test(target), `"${target}": use "${ON_GITHUB}${target}"`);
  }
});

Deno.test("README shows the pictures of `deno task screenshots`, which load fast", async () => {
  const pictures = (await files()).filter((path) => path.startsWith("docs/images/"));
  assertEquals(pictures, ["docs/images/demo.png", "docs/images/status.png"]);
  const links = await linksOf("README.md");
  for (const path of pictures) {
    const { size } = await Deno.stat(join(ROOT, path));
    assert(size > 20_000 && size < 200_000, `${path} has ${size} bytes`);
    assert(
      links.some((target) => target.endsWith(`/main/${path}`)),
      `README does not show ${path}`,
    );
  }
});

/** Mistakes that a review misses. The patterns do not match themselves. */
const SLIPPED_IN = [
  [/^<{7} |^>{7} /m, "an unresolved conflict"],
  [/\b(?:TO)DO\b|\bFIX(?:ME)\b/, "something left to do"],
  [/\bDeno\.test\.(?:only)\b|\b(?:only): true\b/, "a test that excludes all others"],
  [/\.(?:skip)\(/, "a silently skipped test"],
  [/(?:^|[\s"'`(])\/(?:home|Users|root)\/(?!me\b)[a-z]/m, "a path of a developer's machine"],
  [/\bnpm_[A-Za-z0-9]{36}|\bgh[pousr]_[A-Za-z0-9]{36}/, "a secret"],
] as const;

Deno.test("no file contains a mistake that a review misses", async () => {
  for (const path of await files()) {
    if (!/\.(?:ts|md|json|yml|sh)$|^\.ci\/run$/.test(path)) continue;
    const text = await read(path);
    for (const [pattern, what] of SLIPPED_IN) {
      const found = pattern.exec(text);
      const line = text.slice(0, found?.index).split("\n").length;
      assert(found === null, `${path}:${line} has ${what}: ${found?.[0]}`);
    }
  }
});

Deno.test("files are named in snake_case", async () => {
  for (const path of (await files()).filter((path) => path.endsWith(".ts"))) {
    assert(/^[a-z0-9_/]+\.ts$/.test(path), path);
  }
});
