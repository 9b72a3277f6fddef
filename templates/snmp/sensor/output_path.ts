import { pathPart } from "@grafolean/collector";
// @ts-types="@types/unidecode"
import unidecode from "unidecode";

type Piece = { readonly text: string } | { readonly variable: number } | { readonly index: true };

/** The parsed output path of a sensor: `{$1}` to `{$n}` stand for its values, `{$index}` for the index in a WALK. */
export interface OutputPath {
  /** The text. */
  readonly text: string;
  /** Each `n` for which the path contains `{$n}`. */
  readonly variables: ReadonlySet<number>;
  /**
   * Returns the path for one index. It can be invalid: an empty text that is a whole segment leaves that empty.
   */
  readonly fill: (textOf: (variable: number) => string, index: string) => string;
}

/**
 * Parses an output path.
 *
 * @throws {SyntaxError} If it contains anything but letters, digits, `_`, `-`, dots, `{$n}` and `{$index}`.
 */
export function parseOutputPath(text: string): OutputPath {
  const pieces: Piece[] = [];
  const variables = new Set<number>();
  for (
    const [piece, variable] of text.matchAll(/\{\$(\d+)\}|\{\$index\}|[.0-9a-zA-Z_-]+|./gs)
  ) {
    if (variable !== undefined) {
      variables.add(Number(variable));
      pieces.push({ variable: Number(variable) });
    } else if (piece === "{$index}") {
      pieces.push({ index: true });
    } else if (/^[.0-9a-zA-Z_-]/.test(piece)) {
      pieces.push({ text: piece });
    } else {
      throw new SyntaxError(
        `Cannot read the output path "${text}" at "${piece}": expected letters, digits, _, -, dots, {$1} and {$index}`,
      );
    }
  }
  if (pieces.length === 0) {
    throw new SyntaxError(
      'Cannot use an empty output path: expected something like "if.in.{$index}"',
    );
  }
  return {
    text,
    variables,
    fill: (textOf, index) => {
      let path = "";
      for (const piece of pieces) {
        if ("text" in piece) path += piece.text;
        else if ("index" in piece) path += pathPart(index);
        else path += toSegment(textOf(piece.variable));
      }
      return path;
    },
  };
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
