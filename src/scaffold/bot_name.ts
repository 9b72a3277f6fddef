const MAX_LENGTH = 40;
// Device names on Windows: no file can have them.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;
// Programs that run bots or that bots run: an executable of that name in /usr/local/bin would shadow them.
const PROGRAMS = /^(deno|node|npx|fping|ping)$/;

/**
 * Validates a bot name. A project uses it for a folder, an executable, a systemd unit, a container image and, in another
 * form, a class, so it must suit all of them.
 *
 * @returns What is wrong and what to do, or `undefined` if the name is valid.
 */
export function botNameProblem(name: string): string | undefined {
  const reason = whyInvalid(name);
  return reason && `${JSON.stringify(name)} is not a valid bot name: ${reason}`;
}

function whyInvalid(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > MAX_LENGTH) return `use at most ${MAX_LENGTH} characters`;
  if (/[/\\]/.test(name)) return "pass the path with --dir";
  if (!/^[a-z]/.test(name)) return "start with a lowercase letter (a-z)";
  if (!/^[a-z0-9-]*$/.test(name)) return "use a-z, 0-9 and -";
  if (/--|-$/.test(name)) return "use hyphens only between letters or digits";
  if (RESERVED.test(name)) return "Windows reserves it";
  if (PROGRAMS.test(name)) return "it would hide the program of that name, which bots run";
  return undefined;
}

/** Makes a valid bot name that is close to `wanted`. */
export function proposeBotName(wanted: string): string {
  const last = wanted.split(/[/\\]+/).filter((part) => !/^[.\s]*$/.test(part)).at(-1) ?? "";
  const name = last
    .normalize("NFKD") // separates accents from their letters
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, MAX_LENGTH)
    .replace(/-+$/, "");
  if (name === "") return "mybot";
  return RESERVED.test(name) || PROGRAMS.test(name) ? `${name}-bot` : name;
}

/** The class name of a bot: `HttpBot` for `http`, `MyBot` for `my-bot`. */
export function classNameOf(botName: string): string {
  const name = botName.split("-").map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");
  return /bot$/i.test(name) ? name : `${name}Bot`;
}

/**
 * Validates a protocol name.
 *
 * @returns What is wrong and what to do, or `undefined` if the name is valid.
 */
export function protocolProblem(protocol: string): string | undefined {
  if (/^[A-Za-z0-9_-]{1,50}$/.test(protocol)) return undefined;
  const use = "use 1 to 50 characters from a-z, A-Z, 0-9, - and _";
  return `${JSON.stringify(protocol)} is not a valid protocol name: ${use}`;
}
