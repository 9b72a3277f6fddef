import type { Template } from "../../templates/template.ts";

/** Everything that the files of a project depend on. */
export interface ProjectOptions {
  /** The name of the bot. */
  readonly name: string;
  /** The template to start from. */
  readonly template: Template;
  /** The protocol of the bot. */
  readonly protocol: string;
  /** The base URL of Grafolean; empty if not known yet. */
  readonly backendUrl: string;
  /** The checkout to take the library from, as a `file:` URL; `undefined` for JSR. */
  readonly checkout: string | undefined;
  /** The version of Deno that compiles the bot for a container. */
  readonly denoVersion: string;
}
