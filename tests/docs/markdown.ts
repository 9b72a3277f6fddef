/** A fenced code block of a document. */
export interface CodeBlock {
  /** The first word behind the fence, such as `sh`. */
  readonly language: string;
  /** The name in `file=NAME` behind the fence: the block is the content of this file. */
  readonly file: string | undefined;
  /** Whether Deno leaves it out of the examples that it checks and runs. */
  readonly ignore: boolean;
  readonly text: string;
  /** The line of the fence. */
  readonly line: number;
}

/** The code blocks of a document, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(/^ *```(\S+)(.*)\n([^]*?)^ *```$/gm)].map((match) => {
    const [, language, attributes, text] = match;
    return {
      language: language!,
      file: /\bfile=(\S+)/.exec(attributes!)?.[1],
      ignore: /\bignore\b/.test(attributes!),
      text: text!,
      line: markdown.slice(0, match.index).split("\n").length,
    };
  });
}

/** The commands of a shell block, one line each where they are continued by a backslash. */
export function commandsOf({ text }: CodeBlock): string[] {
  return text.replace(/\\\n\s*/g, "").split("\n");
}
