import { HTTP } from "../../templates/http/manifest.ts";
import { MINIMAL } from "../../templates/minimal/manifest.ts";
import { NETFLOW } from "../../templates/netflow/manifest.ts";
import { PING } from "../../templates/ping/manifest.ts";
import { SNMP } from "../../templates/snmp/manifest.ts";
import type { Template } from "../../templates/template.ts";

/** All templates; the first is the default. */
export const TEMPLATES: readonly [Template, ...Template[]] = [MINIMAL, HTTP, PING, SNMP, NETFLOW];

/** Finds a template by name. */
export function findTemplate(name: string): Template | undefined {
  return TEMPLATES.find((template) => template.name === name);
}

/** The protocol of a new bot unless another one is chosen. */
export function defaultProtocol(template: Template, botName: string): string {
  return template.protocolChoice === "bot name" ? botName : template.protocol;
}
