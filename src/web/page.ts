/** What a page consists of. Addresses are relative, as it may be mounted anywhere. */
export interface PageParts {
  /** Its title. */
  readonly title: string;
  /** The address of its stylesheet. */
  readonly stylesheet: string;
  /** The addresses of its scripts, in the order in which they run, after the page has been parsed. */
  readonly scripts: readonly string[];
}

/** A browser loads nothing from elsewhere, and runs no script that is written in the page. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

/** The headers of everything that a page consists of, and of what it asks for. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

const TYPES = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  text: "text/plain; charset=utf-8",
} as const;

/** Answers with a text of a page, and its headers. */
export function pageResponse(text: string, type: keyof typeof TYPES, status = 200): Response {
  return new Response(text, { status, headers: { ...PAGE_HEADERS, "content-type": TYPES[type] } });
}

/** Renders the HTML of a page whose content its scripts make. */
export function renderPage({ title, stylesheet, scripts }: PageParts): string {
  const head = [
    '<meta charset="utf-8">',
    `<title>${escape(title)}</title>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<link rel="icon" href="${ICON}">`,
    `<link rel="stylesheet" href="${escape(stylesheet)}">`,
    ...scripts.map((script) => `<script src="${escape(script)}" defer></script>`),
  ];
  return `<!doctype html>
<html lang="en">
<head>
${head.join("\n")}
</head>
<body>
<noscript>This page needs JavaScript.</noscript>
</body>
</html>
`;
}

/** A line of a chart, in a color that both a light and a dark tab bar show. */
const ICON = "data:image/svg+xml," + encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' +
    '<path d="M1 11l4-5 3 4 3-7 4 6" fill="none" stroke="#3b82f6" stroke-width="2"/></svg>',
);

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** esbuild with `--keep-names`, and so tsx, calls it within functions. */
const NAME_HELPER = "const __name = (code) => code;\n";

/** A function or a class of a `client/` folder. */
// deno-lint-ignore no-explicit-any -- any function or class
export type BrowserCode = (new (...args: any[]) => unknown) | ((...args: any[]) => unknown);

/**
 * The script that defines functions and classes of `client/` folders in a browser, and calls the first one.
 *
 * What they use must be among them. Bundlers may rename them all, which does no harm, but must not put helpers of their
 * own into them; a class must not use its own name, since a bundler may then give it two.
 *
 * @throws {TypeError} If the text of a function is not known.
 */
export function scriptOf(main: () => unknown, ...others: readonly BrowserCode[]): string {
  const definitions = [main, ...others].map((code) => {
    const text = String(code);
    if (/\{\s*\[native code\]\s*\}\s*$/.test(text) || code.name === "") {
      throw new TypeError(`Cannot send "${code.name}" to a browser: it has no name or no text`);
    }
    return `const ${code.name} = ${text};`;
  });
  return `"use strict";\n${NAME_HELPER}${definitions.join("\n")}\n${main.name}();\n`;
}
