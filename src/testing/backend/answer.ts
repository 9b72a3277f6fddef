/** An answer, before it becomes a `Response` or bytes on a socket. */
export interface Answer {
  readonly status: number;
  /** The headers, without `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body; `null` for none, and no `content-length`. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  /** Whether the backend closes the connection afterwards, without a header that says so. */
  readonly closes?: boolean;
}

const encoder = new TextEncoder();

export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** An answer with JSON; a text and bytes are JSON already. */
export function json(value: unknown, status = 200): Answer {
  const body = value instanceof Uint8Array
    ? value as Uint8Array<ArrayBuffer>
    : encode(typeof value === "string" ? value : JSON.stringify(value));
  return { status, headers: { "content-type": "application/json" }, body };
}

export function noContent(): Answer {
  return { status: 204, headers: {}, body: null };
}

/** An error as FastAPI formats it: `{"detail":"…"}`. */
export function detail(status: number, text: string): Answer {
  return json({ detail: text }, status);
}

/** Text without a content type, as the authentication and the validation answer. */
export function bare(status: number, text = ""): Answer {
  return { status, headers: {}, body: encode(text) };
}

/** The answer to an unhandled exception, which also ends the connection. */
export function internalServerError(): Answer {
  return {
    closes: true,
    status: 500,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: encode("Internal Server Error"),
  };
}

/** An error page of nginx. */
export function nginxPage(status: number, title: string): Answer {
  const text = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n` +
    `</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html" }, body: encode(text) };
}

/** Ends a request with the given answer. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`The answer is ${answer.status}`);
    this.answer = answer;
  }
}

/** Ends a request with 404, where a record does not exist. */
export function noSuch(record: string): never {
  throw new AnswerError(detail(404, `No such ${record}`));
}

/** Thrown for input that the backend refuses: `400 Input validation failed: …`. */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
}

/** The answer to a {@linkcode ValidationError}, with a hint unless the content type is exactly `application/json`. */
export function validationFailed(error: ValidationError, contentType: string | null): Answer {
  const hint = contentType === "application/json"
    ? ""
    : " - maybe Content-Type header was not set to application/json?";
  return bare(400, `Input validation failed: ${error.message}${hint}`);
}
