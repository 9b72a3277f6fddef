/** Thrown by {@linkcode readBody}. */
export class BodyTooLong extends Error {}

/** Enough for every answer but a list, in bytes. */
export const MAX_SHORT_BODY_BYTES = 2 ** 20;

// In bytes. The body of a failure is for people, who would not read more of it.
const MAX_FAILURE_BODY_BYTES = 2 ** 16;

/**
 * Reads the body of a response as text; of a failure only the start.
 *
 * @param maxBytes The maximum size of the body of a success, in bytes.
 * @throws {BodyTooLong} If it is larger.
 */
export async function readBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (response.status < 300) {
      if (bytes > maxBytes) throw new BodyTooLong();
    } else if (bytes >= MAX_FAILURE_BODY_BYTES) {
      return text +
        decoder.decode(chunk.subarray(0, chunk.length - bytes + MAX_FAILURE_BODY_BYTES));
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
