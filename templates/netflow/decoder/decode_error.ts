/** What is wrong with a packet. Its flows before the fault have been decoded. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}
