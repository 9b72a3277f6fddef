import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { refuseForeign } from "../web/guard.ts";
import { pageResponse } from "../web/page.ts";

/** Who may read the status. */
interface Access {
  /** Whether only this machine reaches the port. */
  readonly isLocal: boolean;
  /** The token that is needed, if one is. */
  readonly token: string | undefined;
}

/** Returns the refusal of a request that may not read the status; `undefined` if it may. */
export function refuse(request: Request, { isLocal, token }: Access): Response | undefined {
  const refusal = isLocal ? refuseForeign(request) : undefined;
  if (refusal !== undefined || token === undefined || hasToken(request, token)) return refusal;
  const response = pageResponse("This needs the HEALTH_TOKEN of the bot\n", "text", 401);
  // Browsers ask for a password.
  response.headers.set("www-authenticate", 'Basic realm="Status of the bot", charset="UTF-8"');
  return response;
}

/** Whether a request has the token: as a bearer token, or as a password, for which browsers ask. */
function hasToken(request: Request, token: string): boolean {
  const [, scheme, credentials = ""] =
    /^(bearer|basic) +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  switch (scheme?.toLowerCase()) {
    case "bearer":
      return isSame(credentials, token);
    case "basic":
      return isSame(Buffer.from(credentials, "base64").toString().replace(/^[^:]*:/, ""), token);
    default:
      return false;
  }
}

/** Compares in a time that does not depend on how much of the text is right. */
function isSame(text: string, token: string): boolean {
  return timingSafeEqual(digest(text), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
