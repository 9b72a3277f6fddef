/**
 * The path under which a sensor's value is stored, with `{$1}` to `{$n}` for the texts that were read and `{$index}` for
 * the index in a walk.
 */

import { pathPart } from "@grafolean/collector";

type Piece = { readonly text: string } | { readonly variable: number } | { readonly index: true };

/** A parsed output path. */
export interface OutputPath {
  /** The numbers of the `{$n}` in it. */
  readonly variables: ReadonlySet<number>;
  /**
   * Fills in what was read. The result need not be a legal path: an empty text in the place of a whole segment leaves
   * it empty.
   */
  readonly fill: (textOf: (variable: number) => string, index: string) => string;
}

/**
 * Parses an output path.
 *
 * @throws {SyntaxError} If it holds anything but letters, digits, `_`, `-`, dots, `{$n}` and `{$index}`.
 */
export function parseOutputPath(template: string): OutputPath {
  const pieces: Piece[] = [];
  const variables = new Set<number>();
  for (
    const [piece, variable] of template.matchAll(/\{\$(\d+)\}|\{\$index\}|[.0-9a-zA-Z_-]+|./gs)
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
        `Cannot read the output path "${template}" at "${piece}": expected letters, digits, _, -, dots, {$1} and {$index}`,
      );
    }
  }
  if (pieces.length === 0) {
    throw new SyntaxError(
      'Cannot use an empty output path: expected something like "if.in.{$index}"',
    );
  }
  return {
    variables,
    fill: (textOf, index) => {
      let path = "";
      for (const piece of pieces) {
        if ("text" in piece) path += piece.text;
        else if ("index" in piece) path += pathPart(index);
        else path += segmentOf(textOf(piece.variable));
      }
      return path;
    },
  };
}

/**
 * Makes a text a part of a segment the way dashboards know it: whatever a path cannot hold becomes one dash, and none
 * is left at the ends ("Core 6" is "Core-6", "eth0/1.100" is "eth0-1-100").
 */
export function segmentOf(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .replaceAll(/(?<=\d),(?=\d)/g, "")
    .replaceAll(/[^0-9a-zA-Z_-]+/g, "-")
    .replaceAll(/-{2,}/g, "-")
    .replaceAll(/^-|-$/g, "");
}
