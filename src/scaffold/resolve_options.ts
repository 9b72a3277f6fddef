import { basename } from "node:path";
import { ConfigError } from "../util/errors.ts";
import { backendUrlProblem, normalizeBackendUrl } from "../grafolean/backend_url.ts";
import { normalizeBotToken } from "../grafolean/bot_token.ts";
import { botNameProblem, proposeBotName, protocolProblem } from "./bot_name.ts";
import type { CreateFlags } from "./create_flags.ts";
import { nearest } from "../util/nearest.ts";
import { defaultProtocol } from "./project_options.ts";
import type { Template } from "../../templates/template.ts";
import { findTemplate, TEMPLATES } from "./templates.ts";

/** Somebody at a terminal. */
export interface Person {
  /**
   * Asks for a line of text.
   *
   * @param standard What an empty answer means.
   * @throws {GivenUp} If there is no answer.
   */
  ask(question: string, standard: string): string;
  /** Asks for something that is not to be seen. */
  askSecret(question: string): Promise<string>;
  /** Says something. */
  say(line: string): void;
}

/** Thrown when the person at the terminal wants no more of it. */
export class GivenUp extends Error {
  /** Makes one. */
  constructor() {
    super("Given up");
    this.name = "GivenUp";
  }
}

/** What was settled. */
export interface Settled {
  /** The name of the bot. */
  readonly name: string;
  /** What it starts from. */
  readonly template: Template;
  /** The protocol that it speaks. */
  readonly protocol: string;
  /** Where Grafolean is; may be empty. */
  readonly backendUrl: string;
  /** The token of the bot; may be empty. */
  readonly botToken: string;
}

/** Says what is wrong with an answer; `undefined` if nothing is. */
type Check = (answer: string) => string | undefined;

/**
 * Settles everything: takes what the flags say, asks the person, if there is one, for the rest, and checks it.
 *
 * @throws {ConfigError} If something that is given cannot be used; it names all of it.
 * @throws {GivenUp} If the person gives up.
 */
export async function settle(
  flags: CreateFlags,
  person: Person | undefined,
): Promise<Settled> {
  const problems: string[] = [];
  const fromDir = flags.dir === undefined ? undefined : proposeBotName(basename(flags.dir));

  // What is given is checked before anything is asked: nobody likes to answer five questions in vain.
  if (flags.name === undefined && fromDir === undefined && person === undefined) {
    problems.push("the name of the bot is missing: give it as the first argument");
  } else if (flags.name !== undefined && person === undefined) {
    const problem = nameProblem(flags.name);
    if (problem !== undefined) {
      problems.push(`${problem}: how about ${proposeBotName(flags.name)}?`);
    }
  }
  const wanted = flags.template === undefined ? undefined : findTemplate(flags.template);
  if (flags.template !== undefined && wanted === undefined) {
    problems.push(templateProblem(flags.template)!);
  }
  if (flags.protocol !== undefined) {
    const problem = protocolCheck(wanted ?? TEMPLATES[0])(flags.protocol);
    if (problem !== undefined) problems.push(problem);
  }
  if (flags.backendUrl !== undefined) {
    const problem = urlProblem(flags.backendUrl);
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const name = settleName(flags.name, fromDir, person);
  const template = wanted ?? settleTemplate(person);
  const unfit = flags.protocol === undefined ? undefined : protocolCheck(template)(flags.protocol);
  if (unfit !== undefined) throw new ConfigError([unfit]); // the template was chosen only now
  const standard = defaultProtocol(template, name);
  const protocol = flags.protocol ??
    (template.protocolChoice === "fixed" || person === undefined
      ? standard
      : askUntil(person, "Protocol", standard, protocolCheck(template)));
  const backendUrl = flags.backendUrl ??
    (person === undefined
      ? ""
      : askUntil(person, "URL of Grafolean, with /api at its end (empty: later)", "", urlProblem));
  const botToken = person === undefined ? "" : await askToken(person);
  return {
    name,
    template,
    protocol,
    backendUrl: backendUrl === "" ? "" : normalizeBackendUrl(backendUrl),
    botToken,
  };
}

function settleName(
  given: string | undefined,
  fromDir: string | undefined,
  person: Person | undefined,
): string {
  if (person === undefined) return given ?? fromDir!;
  let proposal = fromDir ?? "mybot";
  if (given !== undefined) {
    const problem = nameProblem(given);
    if (problem === undefined) return given;
    person.say(`${problem}.`);
    proposal = proposeBotName(given);
  }
  for (;;) {
    const answer = person.ask("Name of the bot", proposal);
    const problem = nameProblem(answer);
    if (problem === undefined) return answer;
    person.say(`${problem}.`);
    proposal = proposeBotName(answer);
  }
}

function settleTemplate(person: Person | undefined): Template {
  if (person === undefined) return TEMPLATES[0];
  for (const { name, about } of TEMPLATES) person.say(`  ${name}: ${about}`);
  const answer = askUntil(person, "Template", TEMPLATES[0].name, templateProblem);
  return findTemplate(answer)!;
}

async function askToken(person: Person): Promise<string> {
  for (;;) {
    const answer = (await person.askSecret("Token of the bot, not shown (empty: later):")).trim();
    if (answer === "") return "";
    try {
      return normalizeBotToken(answer);
    } catch (error) {
      person.say(`${(error as Error).message}.`);
    }
  }
}

function askUntil(person: Person, question: string, standard: string, check: Check): string {
  for (;;) {
    const answer = person.ask(question, standard);
    const problem = answer === "" && standard === "" ? undefined : check(answer);
    if (problem === undefined) return answer;
    person.say(`${problem}.`);
  }
}

const nameProblem: Check = (name) => {
  const problem = botNameProblem(name);
  return problem && `${JSON.stringify(name)} cannot be the name of a bot as ${problem}`;
};

const templateProblem: Check = (name) => {
  if (findTemplate(name) !== undefined) return undefined;
  const names = TEMPLATES.map((template) => template.name);
  const meant = nearest(name.toLowerCase(), names);
  return `there is no template ${JSON.stringify(name)}${
    meant === undefined ? "" : ` (did you mean ${meant}?)`
  }: expected ${names.join(", ")}`;
};

function protocolCheck({ name, protocol, protocolChoice }: Template): Check {
  return (wanted) => {
    if (protocolChoice === "fixed" && wanted !== protocol) {
      return `the template ${name} speaks the protocol "${protocol}", which Grafolean knows by this name: leave --protocol out`;
    }
    const problem = protocolProblem(wanted);
    return problem && `${JSON.stringify(wanted)} cannot be the name of a protocol as ${problem}`;
  };
}

const urlProblem: Check = (url) => {
  const problem = backendUrlProblem(url);
  return problem && `the URL of Grafolean cannot be used: ${problem}`;
};
