/** Letters that do not fall apart into an ASCII letter and a mark, and symbols that have a name. */
const NAMES: Readonly<Record<string, string>> = {
  "°": "deg",
  "µ": "u",
  "×": "x",
  "€": "eur",
  "æ": "ae",
  "œ": "oe",
  "ß": "ss",
  "ø": "o",
  "ł": "l",
  "đ": "d",
  "ð": "d",
  "þ": "th",
  "ı": "i",
};

/**
 * Makes a slug of a text as `slugify()` of the backend does: `Ä Ö °C / 5%` becomes `a-o-degc-5`. Other than there, letters
 * that are not Latin are left out.
 */
export function slugify(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("'", "-")
    .replaceAll(/[^\0-\x7f]/gu, (letter) => NAMES[letter] ?? letter)
    .normalize("NFKD")
    .replaceAll(/[\p{L}\p{M}]/gu, (letter) => letter < "\x7f" ? letter : "")
    .replaceAll(/(?<=\d),(?=\d)/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
