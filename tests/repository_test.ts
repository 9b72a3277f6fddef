// What no compiler checks, and what nobody remembers in every review.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import config from "../deno.json" with { type: "json" };
import { VERSION } from "../src/util/version.ts";
import { FULL } from "./full.ts";

const ROOT = join(import.meta.dirname!, "..");
const NOT_OURS = [".git", ".tmp", "coverage", "node_modules"];

/** Paths of all files of the repository, with slashes, relative to its root. */
async function files(directory = ROOT): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (NOT_OURS.includes(name)) continue;
    if (isDirectory) found.push(...await files(path));
    else found.push(relative(ROOT, path).replaceAll("\\", "/"));
  }
  return found.sort();
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

/** Paths of the modules of this repository that an export consists of. */
async function modulesOf(entry: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: ROOT,
  }).output();
  const graph: { modules: { specifier: string }[] } = JSON.parse(new TextDecoder().decode(stdout));
  return graph.modules
    .filter(({ specifier }) => specifier.startsWith("file:"))
    .map(({ specifier }) => relative(ROOT, fileURLToPath(specifier)).replaceAll("\\", "/"))
    .filter((path) => !path.startsWith("..") && !path.startsWith("offline/"));
}

/** The code of a module without comments, line by line. Strings are left, which has not hurt yet. */
async function codeOf(path: string): Promise<string[]> {
  const blank = (comment: string) => comment.replace(/[^\n]/g, "");
  const source = await read(path);
  return source.replace(/\/\*[^]*?\*\//g, blank).replace(/(^|\s)\/\/ .*$/gm, blank).split("\n");
}

const LIBRARY = [config.exports["."], config.exports["./testing"]];

/** What Node 20 has: a language, the web's APIs, and none of Deno's. */
const NODE_20 = [
  "es2023",
  "es2024.string",
  "esnext.disposable",
  "dom",
  "dom.asynciterable",
  "dom.iterable",
];

Deno.test("mod.ts and testing use only APIs that Node 20 has (needs test:full)", {
  ignore: !FULL,
}, async () => {
  const directory = await Deno.makeTempDir();
  try {
    const links = (config as { links?: string[] }).links?.map((link) => resolve(ROOT, link));
    const { imports, compilerOptions } = config;
    const path = join(directory, "deno.json");
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        imports,
        compilerOptions: { ...compilerOptions, lib: NODE_20 },
        lock: false,
        ...(links && { links }),
      }),
    );
    const { success, output } = await tryDeno("check", "--config", path, ...LIBRARY);
    // What is linked is checked as well, and not ours.
    const ours = output.split("\n").filter((line) =>
      line.includes(pathToFileURL(ROOT).href) && !line.includes("/offline/")
    );
    assertEquals(ours, [], output);
    assert(success || output.includes("Type checking failed"), output);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Syntax that Node 20 does not know, and that the type check allows. */
const NEWER_SYNTAX = [/^\s*(?:await )?using /, /import\.meta\.(?:main|dirname|filename)/];

for (const entry of LIBRARY) {
  Deno.test(`${entry} and all it imports has no syntax that Node 20 does not know`, async () => {
    const modules = await modulesOf(entry);
    assert(modules.length > 20, `${modules.length} modules`);
    for (const module of modules) {
      for (const [index, line] of (await codeOf(module)).entries()) {
        const newer = NEWER_SYNTAX.some((pattern) => pattern.test(line));
        assert(!newer, `${module}:${index + 1} does not run on Node 20: ${line.trim()}`);
      }
    }
  });

  Deno.test(`${entry} and all it imports needs nothing but @std and what Node has built in`, async () => {
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

Deno.test("the task doc looks at every export", () => {
  for (const entry of Object.values(config.exports)) {
    assertStringIncludes(config.tasks.doc.command, entry.replace("./", " "));
  }
});

Deno.test("the version is the same everywhere", async () => {
  assertEquals(VERSION, config.version);
  assertStringIncludes(await read("CHANGELOG.md"), `## [${config.version}]`);
});

Deno.test("offline stands in for what deno.json imports, in a version that it accepts", async () => {
  for (const name of ["assert", "async", "cli", "dotenv"]) {
    const stand: { name: string; version: string; exports: Record<string, string> } = JSON.parse(
      await read(`offline/${name}/deno.json`),
    );
    assertEquals(stand.name, `@std/${name}`);
    const [, range] = /\^(.*)$/.exec(
      config.imports[`@std/${name}` as keyof typeof config.imports],
    )!;
    const [wanted, given] = [range!, stand.version].map((text) => text.split(".").map(Number));
    // What a caret allows: the first number that is not 0 stays as it is.
    const fixed = wanted!.findIndex((part) => part > 0) + 1;
    assertEquals(given!.slice(0, fixed), wanted!.slice(0, fixed), stand.name);
    assert(given!.slice(fixed).join(".") >= wanted!.slice(fixed).join("."), stand.name);
    for (const path of Object.values(stand.exports)) await read(join("offline", name, path));
  }
});

Deno.test("the package can be published, with what users need and nothing else", async () => {
  const { success, output } = await tryDeno("task", "publish", "--dry-run", "--no-check");
  assert(success, output);
  const listed = [...output.matchAll(/^\s*file:\S*\/collector-[^/]+\/(\S+) \(/gm)].map((
    [, path],
  ) => path!);
  const rooms = new Set(listed.map((path) => path.split("/")[0]));
  assertEquals([...rooms].sort(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "deno.json",
    "mod.ts",
    "scaffold.ts",
    "src",
    "templates",
  ]);
  assert(!listed.some((path) => path.startsWith("src/") && path.endsWith("_test.ts")));
});

Deno.test(".ci/run ends with the long variant of the test command that README names", async () => {
  const [, command] = /^(npx .* task test)\b/m.exec(await read("README.md")) ?? [];
  assert(command, "README names no test command");
  const script = await read(".ci/run");
  const [, deno] = /^deno=\((.*)\)$/m.exec(script) ?? [];
  const [, last] = /.*^timeout .*?"\$\{deno\[@\]\}" (.*)$/ms.exec(script) ?? [];
  assertEquals(`${deno} ${last?.split("\n")[0]}`, `${command}:full`);
});

/** The anchors of the headings of a text, as GitHub makes them. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")
  );
}

Deno.test("links between the documents lead somewhere", async () => {
  for (const path of (await files()).filter((path) => path.endsWith(".md"))) {
    const text = (await read(path)).replace(/^```.*?^```/gms, "");
    for (const [, target] of text.matchAll(/\]\((?!\w+:)(.*?)\)/g)) {
      const [file, anchor] = target!.split("#");
      const linked = file ? join(dirname(path), file) : path;
      const exists = await Deno.stat(join(ROOT, linked)).then(() => true, () => false);
      assert(exists, `${path} links to "${target}"`);
      if (anchor !== undefined) {
        assert(anchors(await read(linked)).includes(anchor), `${path} links to "${target}"`);
      }
    }
  }
});

/** What has slipped in by mistake. Written so that it does not match itself. */
const SLIPPED_IN = [
  [/^<{7} |^>{7} /m, "a conflict that was not resolved"],
  [/\b(?:TO)DO\b|\bFIX(?:ME)\b/, "something left to do"],
  [/\bDeno\.test\.(?:only)\b|\b(?:only): true\b/, "a test that leaves out all others"],
  [/\.(?:skip)\(/, "a test that is left out without a word"],
  [/(?:^|[\s"'`(])\/(?:home|Users|root)\/(?!me\b)[a-z]/m, "a path of somebody's machine"],
  [/\bnpm_[A-Za-z0-9]{36}|\bgh[pousr]_[A-Za-z0-9]{36}/, "a secret"],
] as const;

Deno.test("no file holds what slips in by mistake", async () => {
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

Deno.test("files are named in lower case, with underscores", async () => {
  for (const path of (await files()).filter((path) => path.endsWith(".ts"))) {
    assert(/^[a-z0-9_/]+\.ts$/.test(path), path);
  }
});
