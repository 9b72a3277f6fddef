import { basename } from "node:path";
import type { Template } from "../../templates/template.ts";
import {
  backendUrlProblem,
  backendUrlWithApi,
  normalizeBackendUrl,
} from "../grafolean/backend_url.ts";
import { ConfigError } from "../util/errors.ts";
import { nearest } from "../util/nearest.ts";
import { botNameProblem, proposeBotName, protocolProblem } from "./bot_name.ts";
import type { CreateFlags } from "./create_flags.ts";
import type { CreateIo } from "./io.ts";
import type { ProjectOptions } from "./project_options.ts";
import type { Prompt } from "../util/prompt.ts";
import { defaultProtocol, findTemplate, TEMPLATES } from "./templates.ts";

/**
 * Turns the command line into the options of a project: validates what is given, and asks for the rest or, without a
 * prompt, uses the defaults.
 *
 * @throws {ConfigError} If given values are invalid; it names all of them.
 * @throws {CancelledError} If the user cancels a prompt.
 */
export function resolveOptions(
  flags: CreateFlags,
  { prompt, checkout, denoVersion }: Pick<CreateIo, "prompt" | "checkout" | "denoVersion">,
): ProjectOptions {
  const nameOfDir = flags.dir === undefined ? undefined : proposeBotName(basename(flags.dir));
  const givenTemplate = flags.template === undefined ? undefined : findTemplate(flags.template);

  // Before the first question: the user should not answer five of them in vain.
  refuse([
    prompt === undefined ? missingOrInvalidName(flags.name ?? nameOfDir) : undefined,
    flags.template && templateProblem(flags.template),
    flags.protocol && unfitProtocol(givenTemplate ?? TEMPLATES[0], flags.protocol),
    flags.backendUrl && urlProblem(flags.backendUrl),
  ]);

  const name = prompt === undefined
    ? (flags.name ?? nameOfDir)!
    : askName(prompt, flags.name, nameOfDir ?? "mybot");
  const template = givenTemplate ?? (prompt === undefined ? TEMPLATES[0] : askTemplate(prompt));
  // Again, as only now the template is known.
  if (flags.protocol !== undefined) refuse([unfitProtocol(template, flags.protocol)]);
  const protocol = flags.protocol ?? askProtocol(prompt, template, name);
  const backendUrl = flags.backendUrl ?? (prompt === undefined ? "" : askBackendUrl(prompt));
  return {
    name,
    template,
    protocol,
    backendUrl: backendUrl === "" ? "" : normalizeBackendUrl(backendUrl),
    checkout,
    denoVersion,
  };
}

function refuse(problems: readonly (string | undefined)[]): void {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new ConfigError(found);
}

function askName(prompt: Prompt, given: string | undefined, proposal: string): string {
  let answer = given ?? prompt.ask("Name of the bot", proposal);
  for (;;) {
    const problem = botNameProblem(answer);
    if (problem === undefined) return answer;
    prompt.print(problem);
    answer = prompt.ask("Name of the bot", proposeBotName(answer));
  }
}

function askTemplate(prompt: Prompt): Template {
  for (const { name, about } of TEMPLATES) prompt.print(`  ${name}: ${about}`);
  return findTemplate(askUntilValid(prompt, "Template", TEMPLATES[0].name, templateProblem))!;
}

function askProtocol(prompt: Prompt | undefined, template: Template, botName: string): string {
  const defaultValue = defaultProtocol(template, botName);
  if (prompt === undefined || template.protocolChoice === "fixed") return defaultValue;
  return askUntilValid(prompt, "Protocol", defaultValue, (it) => unfitProtocol(template, it));
}

function askBackendUrl(prompt: Prompt): string {
  const question = "URL of Grafolean, ending in /api (empty to set it later)";
  const answer = askUntilValid(prompt, question, "", urlProblem);
  const withApi = answer === "" ? undefined : backendUrlWithApi(answer);
  if (withApi === undefined) return answer;
  prompt.print(
    `${answer} does not end in /api: press Enter for the URL below, or enter yours again`,
  );
  return askUntilValid(prompt, "URL of Grafolean", withApi, urlProblem);
}

function askUntilValid(
  prompt: Prompt,
  question: string,
  defaultValue: string,
  problemOf: (answer: string) => string | undefined,
): string {
  for (;;) {
    const answer = prompt.ask(question, defaultValue);
    const problem = answer === "" ? undefined : problemOf(answer);
    if (problem === undefined) return answer;
    prompt.print(problem);
  }
}

function missingOrInvalidName(name: string | undefined): string | undefined {
  if (name === undefined) return "The bot has no name: pass it as the first argument";
  const problem = botNameProblem(name);
  return problem && `${problem} (how about ${proposeBotName(name)}?)`;
}

function templateProblem(name: string): string | undefined {
  if (findTemplate(name) !== undefined) return undefined;
  const names = TEMPLATES.map((template) => template.name);
  const suggestion = nearest(name.toLowerCase(), names);
  return `Unknown template ${JSON.stringify(name)}${
    suggestion === undefined ? "" : ` (did you mean ${suggestion}?)`
  }: expected ${names.join(", ")}`;
}

function unfitProtocol(template: Template, protocol: string): string | undefined {
  if (template.protocolChoice === "fixed" && protocol !== template.protocol) {
    return `Grafolean knows the protocol of the template ${template.name} as "${template.protocol}": leave --protocol out`;
  }
  return protocolProblem(protocol);
}

function urlProblem(url: string): string | undefined {
  const problem = backendUrlProblem(url);
  return problem && `Cannot use this URL of Grafolean as ${problem}`;
}
