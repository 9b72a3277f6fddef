import { pathPart } from "@grafolean/collector";
// @ts-types="@types/unidecode"
import unidecode from "unidecode";

/** The parsed output path of a sensor: `{$1}` to `{$n}` stand for its values, `{$index}` for the index in a WALK. */
export interface OutputPath {
  /** The text. */
  readonly text: string;
  /** Each `n` for which the path contains `{$n}`. */
  readonly variables: ReadonlySet<number>;
  /** Returns the path for one index; `undefined` if a text is a whole segment and nothing is left of it. */
  readonly fill: (textOf: (variable: number) => string, index: string) => string | undefined;
}

/**
 * Parses an output path.
 *
 * @throws {SyntaxError} If it has an empty segment, or anything but letters, digits, `_`, `-`, dots, `{$n}` and `{$index}`.
 */
export function parseOutputPath(text: string): OutputPath {
  // Every second one is a variable.
  const pieces = text.split(/\{\$(\d+|index)\}/);
  const plain = pieces.map((piece, i) => i % 2 === 0 ? piece : "x").join("");
  if (!/^[.0-9a-zA-Z_-]*$/.test(plain) || hasEmptySegment(plain)) {
    throw new SyntaxError(
      `Cannot read the output path "${text}": expected letters, digits, _, -, {$1} and {$index}, in segments with dots between them`,
    );
  }
  const variables = pieces.filter((piece, i) => i % 2 === 1 && piece !== "index").map(Number);
  return {
    text,
    variables: new Set(variables),
    fill: (textOf, index) => {
      const path = pieces.map((piece, i) => {
        if (i % 2 === 0) return piece;
        return piece === "index" ? pathPart(index) : toSegment(textOf(Number(piece)));
      }).join("");
      return hasEmptySegment(path) ? undefined : path;
    },
  };
}

function hasEmptySegment(path: string): boolean {
  return path.split(".").includes("");
}

/**
 * Converts a text to a part of a segment, in the form that existing dashboards use: letters of other scripts become Latin
 * ones ("Łódź" becomes "Lodz", "北京" becomes "Bei-Jing"), and whatever else a path cannot contain becomes one dash, with
 * none at the ends ("eth0/1.100" becomes "eth0-1-100").
 */
export function toSegment(text: string): string {
  return text
    .replaceAll("'", "-")
    // One by one: unidecode leaves texts alone that look like UTF-8 in Latin-1.
    .replaceAll(/[^\0-\x7f]/gu, (letter) => unidecode(letter))
    // Those stand for letters, such as the soft sign of Russian.
    .replaceAll("'", "")
    .replaceAll(/(?<=\d),(?=\d)/g, "")
    .replaceAll(/[^0-9a-zA-Z_-]+/g, "-")
    .replaceAll(/-{2,}/g, "-")
    .replaceAll(/^-|-$/g, "");
}
