import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

/** Whether a request has the token: as a bearer token, or as a password, for which browsers ask. */
export function hasToken(request: Request, token: string): boolean {
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
