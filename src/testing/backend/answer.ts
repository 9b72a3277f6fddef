/** One answer, before it becomes a `Response` or bytes on a socket. */
export interface Answer {
  /** The HTTP status. */
  readonly status: number;
  /** The headers besides `content-length`, which follows from the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body; `null` for an answer that has none, and no `content-length` either. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

const encoder = new TextEncoder();

/** The bytes of a text. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** An answer in JSON, from text or bytes that are JSON already. */
export function json(body: string | Uint8Array<ArrayBuffer>, status = 200): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? encode(body) : body,
  };
}

/** `204 No Content`. */
export function noContent(): Answer {
  return { status: 204, headers: {}, body: null };
}

/** FastAPI's own form of an error: `{"detail":"…"}`. */
export function detail(status: number, text: string): Answer {
  return json(JSON.stringify({ detail: text }), status);
}

/** Plain text that nobody gave a content type: what the authentication layer and the validation answer with. */
export function bare(status: number, text: string): Answer {
  return { status, headers: {}, body: encode(text) };
}

/** What becomes of every exception that nobody catches. */
export function internalServerError(): Answer {
  return {
    status: 500,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: encode("Internal Server Error"),
  };
}

/** A page of nginx, which stands in front of the backend and has limits of its own. */
export function nginxPage(status: number, title: string): Answer {
  const text = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n` +
    `<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n` +
    `</body>\r\n</html>\r\n`;
  return { status, headers: { "content-type": "text/html" }, body: encode(text) };
}

/** Thrown by whatever wants to end a request with a certain answer. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  /** The answer. */
  readonly answer: Answer;

  /** Makes an error that ends the request with `answer`. */
  constructor(answer: Answer) {
    super(`The answer is ${answer.status}`);
    this.answer = answer;
  }
}

/**
 * Thrown where input breaks a rule that the backend checks: `400 Input validation failed: …`, with a hint about the
 * content type where that was not exactly `application/json`.
 */
export class ValidationError extends Error {
  override readonly name = "ValidationError";
}

/** Turns a validation error into its answer. */
export function validationFailed(error: ValidationError, contentType: string | null): Answer {
  const hint = contentType === "application/json"
    ? ""
    : " - maybe Content-Type header was not set to application/json?";
  return bare(400, `Input validation failed: ${error.message}${hint}`);
}
