// The part of JSR that publishers and users of packages see, in memory.

import { gunzipSync } from "node:zlib";

/** The files of one version of a package by their paths, which begin with a slash. */
export type PackageFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** A registry that accepts what `deno publish` sends, and serves it where `JSR_URL` is its URL. */
export class JsrRegistry implements AsyncDisposable {
  readonly #packages = new Map<string, Map<string, PackageFiles>>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Starts listening. */
  constructor() {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** What to set `JSR_URL` to. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** The files of the latest version of a package, such as `@std/async`. */
  files(name: string): PackageFiles {
    const files = [...this.#packages.get(name)?.values() ?? []].at(-1);
    if (files === undefined) {
      throw new Error(`Cannot find ${name} in the registry: publish it first`);
    }
    return files;
  }

  /** Adds the latest version of a package as it is. */
  add(name: string, version: string, files: PackageFiles): void {
    const versions = this.#packages.get(name) ?? new Map<string, PackageFiles>();
    this.#packages.set(name, versions.set(version, files));
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, first = "", ...rest] = pathname.split("/");
    if (first === "api") return await this.#answerPublisher(request, rest);
    const versions = this.#packages.get(`${first}/${rest[0]}`);
    const path = rest.slice(1).join("/");
    if (versions === undefined) return notFound();
    if (path === "meta.json") {
      return Response.json({
        scope: first.slice(1),
        name: rest[0],
        latest: [...versions.keys()].at(-1),
        versions: Object.fromEntries([...versions.keys()].map((version) => [version, {}])),
      });
    }
    const wanted = /^([^/]+)_meta\.json$/.exec(path)?.[1];
    const files = versions.get(wanted ?? rest[1] ?? "");
    if (files === undefined) return notFound();
    if (wanted !== undefined) return Response.json(await describe(files));
    const file = `/${rest.slice(2).join("/")}`;
    const body = files.get(file);
    return body === undefined
      ? notFound()
      : new Response(body, { headers: { "content-type": contentType(file) } });
  }

  async #answerPublisher(request: Request, path: string[]): Promise<Response> {
    const [scopes, scope, , name, , version] = path;
    if (scopes !== "scopes") return Response.json({ id: "1", status: "success", error: null });
    if (version === undefined) return Response.json({ scope, name, githubRepository: null });
    if (request.method !== "POST") return notFound();
    const archive = gunzipSync(new Uint8Array(await request.arrayBuffer()));
    this.add(`@${scope}/${name}`, version, untar(archive));
    return Response.json({ id: "1", status: "success", error: null });
  }
}

async function describe(files: PackageFiles) {
  const manifest: Record<string, { size: number; checksum: string }> = {};
  for (const [path, bytes] of files) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const checksum = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    manifest[path] = { size: bytes.byteLength, checksum: `sha256-${checksum}` };
  }
  return { manifest, exports: exportsOf(files) };
}

function exportsOf(files: PackageFiles): Record<string, string> {
  const { exports } = JSON.parse(new TextDecoder().decode(files.get("/deno.json")));
  return typeof exports === "string" ? { ".": exports } : exports;
}

function contentType(path: string): string {
  if (path.endsWith(".ts")) return "text/typescript";
  return path.endsWith(".json") ? "application/json" : "text/plain";
}

function notFound(): Response {
  return new Response("not found", { status: 404 });
}

const BLOCK = 512;

/** Reads the files in a tar archive. */
function untar(archive: Uint8Array): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const text = (from: number, to: number) => textOf(archive.subarray(at + from, at + to));
    const size = parseInt(text(124, 136).trim() || "0", 8);
    const type = text(156, 157);
    const content = archive.slice(at + BLOCK, at + BLOCK + size);
    if (type === "L") longName = textOf(content);
    else if (type === "0" || type === "") {
      const prefix = text(345, 500);
      const name = longName ?? (prefix === "" ? "" : `${prefix}/`) + text(0, 100);
      files.set(`/${name.replace(/^\.?\//, "")}`, content);
      longName = undefined;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}
