/**
 * Takes what may be secret out of the URLs in a text that is to be logged: names and passwords, and what a query says,
 * such as the key of an API.
 */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/(?<=:\/\/)[^\s/]*@/g, "***@")
    .replaceAll(/(?<=:\/\/[^\s?]*\?)[^\s)'"]+/g, "***");
}
