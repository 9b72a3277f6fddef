const LONGEST = 40;
// Names of devices on Windows: no file can have them.
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;
// Programs that bots are run by, or run themselves: an executable of that name in /usr/local/bin would run instead of them.
const PROGRAMS = /^(deno|node|npx|ping)$/;

/**
 * Says what is wrong with a name for a bot, or `undefined` when it can be used.
 *
 * The name becomes that of a folder, an executable, a system service, a container image and, in another form, of a
 * class; what is asked of it is what all of them allow.
 */
export function botNameProblem(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.length > LONGEST) return `it has more than ${LONGEST} characters`;
  if (/[/\\]/.test(name)) return "it is a path: give the directory with --dir";
  if (!/^[a-z]/.test(name)) return "it must start with a lower case letter from a to z";
  if (!/^[a-z0-9-]*$/.test(name)) {
    return "only lower case letters from a to z, digits and hyphens can be used";
  }
  if (/--|-$/.test(name)) return "hyphens must stand alone between letters or digits";
  if (RESERVED.test(name)) return "Windows keeps this name for itself";
  if (PROGRAMS.test(name)) return "a program that bots need has this name";
  return undefined;
}

/** Makes a name that can be used, as close as may be to what was wanted. */
export function proposeBotName(wanted: string): string {
  const last = wanted.split(/[/\\]+/).filter((part) => !/^[.\s]*$/.test(part)).at(-1) ?? "";
  const name = last
    .normalize("NFKD") // takes accents off their letters
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
  if (name === "") return "mybot";
  return RESERVED.test(name) || PROGRAMS.test(name) ? `${name}-bot` : name;
}

/** The name of the class of a bot: `HttpBot` for `http`, `MyBot` for `my-bot`. */
export function classNameOf(botName: string): string {
  const name = botName.split("-").map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join("");
  return /bot$/i.test(name) ? name : `${name}Bot`;
}

/** Says what is wrong with the name of a protocol, or `undefined` when it can be used. */
export function protocolProblem(protocol: string): string | undefined {
  if (protocol === "") return "it is empty";
  if (protocol.length > 50) return "it has more than 50 characters";
  return /^[A-Za-z0-9_-]+$/.test(protocol)
    ? undefined
    : "only letters from a to z, digits, hyphens and underscores can be used";
}
