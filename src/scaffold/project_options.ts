import type { LibrarySource } from "./library.ts";
import type { Template } from "../../templates/template.ts";

/** What {@linkcode renderProject} needs to know. */
export interface ProjectOptions {
  /** The name of the bot. */
  readonly name: string;
  /** What it starts from. */
  readonly template: Template;
  /** The protocol that it speaks. @default as the template says */
  readonly protocol?: string;
  /** The base URL of Grafolean; empty if it is not known yet. @default "" */
  readonly backendUrl?: string;
  /** The token of the bot; empty if it is not known yet. It goes into `.env` and nowhere else. @default "" */
  readonly botToken?: string;
  /** Where the library comes from. */
  readonly library: LibrarySource;
  /** The version of Deno that compiles the bot for a container. */
  readonly denoVersion: string;
}

/** The same with nothing left open. */
export type Project = Required<ProjectOptions>;

/** The protocol that a new bot speaks unless told otherwise. */
export function defaultProtocol(template: Template, botName: string): string {
  return template.protocolChoice === "bot name" ? botName : template.protocol;
}
