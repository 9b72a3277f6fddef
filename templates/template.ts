import type { SettingsTable } from "@grafolean/collector/toolkit";
import type { Permissions } from "./permissions.ts";

/**
 * A bot that new projects start from. It lives in `templates/NAME/`, where it is checked and tested like the rest of the
 * library; `manifest.ts` there exports its `Template`, which `src/scaffold/templates.ts` lists.
 *
 * Its modules import the library as `@grafolean/collector` and `@grafolean/collector/testing`, and everything else by
 * the names in the `imports` of the library's `deno.json`, which the scaffold copies into the project.
 */
export interface Template {
  /** The name for `--template`. */
  readonly name: string;
  /** What its bot does, in one line. */
  readonly about: string;
  /**
   * The protocol of its bot. If the protocol can be chosen, the files contain it in one line `const PROTOCOL = "…";` and
   * nowhere else.
   */
  readonly protocol: string;
  /**
   * Whether the protocol can be chosen, and its default: that of the template, or the name of the bot. Protocols that the
   * forms and dashboards of Grafolean know by name are fixed.
   */
  readonly protocolChoice: "fixed" | "template" | "bot name";
  /** The class name in its files, to be replaced by that of the new bot. @default none: the class name stays */
  readonly className?: string;
  /** The bot name in its files, to be replaced by that of the new bot. */
  readonly botName: string;
  /** The files to copy, by path: `main.ts`, `bot.ts`, `bot_test.ts`, `dev.ts`, and what they import. */
  readonly files: Readonly<Record<string, string>>;
  /** Its `README.md`: a heading, which projects leave out, and the documentation of the bot. */
  readonly readme: string;
  /** The permissions of its bot, besides those of all bots. */
  readonly permissions: Permissions;
  /** The permissions of its tests. */
  readonly testPermissions: Permissions;
  /** The permissions of its `dev.ts`, besides those of its bot. */
  readonly devPermissions?: Permissions;
  /** The unstable features of Deno that it uses, such as `net`. */
  readonly unstable?: readonly string[];
  /** The settings of its bot, besides those of all bots. */
  readonly settings?: SettingsTable;
  /** The Debian packages that its bot needs. */
  readonly debianPackages?: readonly string[];
  /** The Linux capabilities that its programs need, such as `CAP_NET_RAW`. */
  readonly capabilities?: readonly string[];
  /** The ports that it listens on, such as `2055/udp`. In a container it uses the network of the host. */
  readonly ports?: readonly string[];
}
