/** Random numbers from 0 to 1, the same at each start: so are the ids and the token of a sandbox that uses them. */
export function seededRandom(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}
