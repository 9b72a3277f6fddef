// The table of rooms in docs/architecture.md against the imports in the code, and what the entry point loads.

import { assert, assertEquals } from "@std/assert";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dirname!, "..");

/** The rooms that each room imports from. */
type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the rows `| [room](../path) | what | imports |`, from the top of the building down. */
async function readTable(): Promise<Arrows> {
  const text = await Deno.readTextFile(join(ROOT, "docs/architecture.md"));
  const rows = text.matchAll(/^\| \[`[^|]*`\]\(\.\.\/(.*?)\/?\) *\|.*\|(.*)\|$/gm);
  return new Map([...rows].map(([, room, imports]) => [
    room!,
    new Set(
      [...imports!.matchAll(/`(.*?)`/g)].map(([, name]) =>
        name === "templates" ? name! : `src/${name}`
      ),
    ),
  ]));
}

/** The files that each file of `src/` and `templates/` imports, as paths relative to the root. */
async function readImports(): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const visit = async (directory: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(join(ROOT, directory))) {
      const path = `${directory}/${name}`;
      if (isDirectory) await visit(path);
      if (!/\.[jt]s$/.test(name)) continue;
      const source = await Deno.readTextFile(join(ROOT, path));
      const code = source.replace(/\/\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
      const specifiers = code.matchAll(/(?:\bfrom|\bimport|\bimport\() ?"(\.[^"]*\.[jt]s)"/g);
      found.set(
        path,
        [...specifiers].map(([, specifier]) =>
          relative(ROOT, join(ROOT, dirname(path), specifier!)).replaceAll("\\", "/")
        ),
      );
    }
  };
  await visit("src");
  await visit("templates");
  return found;
}

/** The innermost room that a file is in. */
function roomOf(path: string, rooms: Iterable<string>): string | undefined {
  return [...rooms].filter((room) => path.startsWith(`${room}/`)).sort().at(-1);
}

Deno.test("docs/architecture.md shows every room and every import between rooms", async () => {
  const table = await readTable();
  const arrows = new Map([...table.keys()].map((room) => [room, new Set<string>()]));
  for (const [path, targets] of await readImports()) {
    const room = roomOf(path, table.keys());
    assert(room !== undefined, `${path} is in no room of the table`);
    for (const target of targets) {
      const to = roomOf(target, table.keys());
      assert(to !== undefined, `${path} imports ${target}, which is in no room`);
      if (to === room) continue;
      assert(table.get(room)!.has(to), `${path} imports ${target}, but ${room} may not use ${to}`);
      arrows.get(room)!.add(to);
    }
  }
  for (const [room, allowed] of table) {
    assertEquals([...allowed].sort(), [...arrows.get(room)!].sort(), `imports of ${room}`);
  }
});

Deno.test("docs/architecture.md has every room above the rooms that it imports from", async () => {
  const table = await readTable();
  const order = [...table.keys()];
  for (const [room, imports] of table) {
    for (const target of imports) {
      assert(order.indexOf(target) > order.indexOf(room), `${target} must stand below ${room}`);
    }
  }
});

Deno.test("files of a room do not import each other in a circle", async () => {
  const imports = await readImports();
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert(!trail.includes(path), `circle: ${[...trail, path].join(" → ")}`);
    if (done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
});

/** The used part of what `deno info --json` prints. */
interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** The modules that are loaded together with a file of the root: files as paths relative to it. */
async function readLoadedWith(file: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    cwd: ROOT,
  }).output();
  const { roots, modules }: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const graph = new Map(modules.map(({ specifier, dependencies }) => [specifier, dependencies]));
  const loaded = new Set(roots);
  for (const module of loaded) {
    for (const { code, isDynamic } of graph.get(module) ?? []) {
      if (code?.specifier !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  const root = roots[0]!.slice(0, -file.length);
  return [...loaded].map((module) => module.replace(root, ""));
}

// Everybody waits for these. Deno takes 8 ms for both, but 20 for node:process and 35 for node:fs.
const LOADED_WITH_MOD = [
  "node:timers", // setImmediate passes on the values of each job.
  "node:util", // isDeepStrictEqual compares the jobs at each refresh.
];

Deno.test("mod.ts loads only what every collector needs", async () => {
  const loaded = await readLoadedWith("mod.ts");
  assertEquals(loaded.filter((each) => /^(node|npm):/.test(each)).sort(), LOADED_WITH_MOD);
  assert(loaded.includes("src/collector/collector.ts"));
  const rooms = /^src\/(bot|testing|toolkit|setup|scaffold)\//;
  assertEquals(loaded.filter((each) => rooms.test(each)), ["src/bot/run_bot.ts"]);
});

// Every bot of a new project waits for these, whether or not it shows its status.
const LOADED_WITH_STATUS = [
  "node:fs/promises", // loadSettings reads .env, as the program around the bot does.
  "node:process",
];

Deno.test("@grafolean/collector/status loads no server, page or metrics before they are needed", async () => {
  const loaded = await readLoadedWith("src/status/mod.ts");
  assertEquals(loaded.filter((each) => /^(node|npm):/.test(each)).sort(), LOADED_WITH_STATUS);
  assertEquals(loaded.filter((each) => /^src\/(status|web|bot)\//.test(each)).sort(), [
    "src/status/metrics/meter.ts",
    "src/status/mod.ts",
    "src/status/settings.ts",
    "src/status/status_port.ts",
  ]);
});
