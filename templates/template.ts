import type { Permissions } from "./permissions.ts";

/** An environment variable that a bot reads besides those that all bots have. */
export interface TemplateVariable {
  /** Its name. */
  readonly name: string;
  /** The value in a new project; empty for none. */
  readonly value: string;
  /** What it is for: whole sentences. */
  readonly about: string;
}

/**
 * A bot that new projects start from. It lives in `templates/NAME/`, where it is checked and tested like the rest of the
 * library; its manifest there is one of these, and has a place in the list of `templates.ts`.
 *
 * Its modules import the library as `@grafolean/collector` and `@grafolean/collector/testing`, and everything else by
 * names of the `imports` in the library's `deno.json`, which go along into the project.
 */
export interface Template {
  /** What it is called at `--template`. */
  readonly name: string;
  /** What its bot does, in one line. */
  readonly about: string;
  /**
   * The protocol that its bot speaks. Files of a template whose protocol can be chosen have it in a line
   * `const PROTOCOL = "…";` and nowhere else.
   */
  readonly protocol: string;
  /**
   * Whether the protocol can be chosen, and what it is by itself: that of the template, or the name of the bot. The forms
   * and dashboards of Grafolean know some protocols by their name: those are fixed.
   */
  readonly protocolChoice: "fixed" | "template" | "bot name";
  /** The name of the class in its files, where it is to become that of the new bot. @default it stays as it is */
  readonly className?: string;
  /** The name of the bot in its files, which becomes the new one. */
  readonly botName: string;
  /** Its files as they are: `main.ts`, `bot.ts`, `bot_test.ts`, `dev.ts`, and what they need. */
  readonly files: Readonly<Record<string, string>>;
  /** Its `README.md`: a heading, which is left out of projects, and what is to be known of this bot. */
  readonly readme: string;
  /** What its bot may do, besides what all bots may. */
  readonly permissions: Permissions;
  /** What its tests may do. */
  readonly testPermissions: Permissions;
  /** What its `dev.ts` may do besides what its bot may. */
  readonly devPermissions?: Permissions;
  /** Unstable features of Deno that it uses, such as `net`. */
  readonly unstable?: readonly string[];
  /** Environment variables of its own. */
  readonly variables?: readonly TemplateVariable[];
  /** Packages of Debian that its bot needs. */
  readonly debianPackages?: readonly string[];
  /** Capabilities of Linux that the programs it runs need, such as `CAP_NET_RAW`. */
  readonly capabilities?: readonly string[];
  /** Ports that it listens on, such as `2055/udp`. */
  readonly ports?: readonly string[];
}
