/**
 * The data that the server has put into the page.
 *
 * @returns {any}
 */
export function readData() {
  return JSON.parse(document.getElementById("data")?.textContent ?? "null");
}
