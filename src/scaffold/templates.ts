import { HTTP } from "../../templates/http/manifest.ts";
import { MINIMAL } from "../../templates/minimal/manifest.ts";
import { NETFLOW } from "../../templates/netflow/manifest.ts";
import { PING } from "../../templates/ping/manifest.ts";
import { SNMP } from "../../templates/snmp/manifest.ts";
import type { Template } from "../../templates/template.ts";

/** All templates; the first is what a project starts from unless told otherwise. */
export const TEMPLATES: readonly [Template, ...Template[]] = [MINIMAL, HTTP, PING, SNMP, NETFLOW];

/** Finds a template by its name. */
export function findTemplate(name: string): Template | undefined {
  return TEMPLATES.find((template) => template.name === name);
}
