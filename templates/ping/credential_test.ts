import { assertEquals } from "@std/assert";
import { readCredential } from "./credential.ts";

const GOOD = { timeout: "1.5", retry: "2", n_packets: "5", sleep_packets: "0.5" };
const DEFAULTS = { timeout: 2, retry: 0, n_packets: 3, sleep_packets: 1 };

function read(details: unknown) {
  const problems: string[] = [];
  return { credential: readCredential(details, (problem) => problems.push(problem)), problems };
}

Deno.test("readCredential parses the strings of a credential", () => {
  assertEquals(read(GOOD), {
    credential: { timeout: 1.5, retry: 2, n_packets: 5, sleep_packets: 0.5 },
    problems: [],
  });
  assertEquals(read({ ...GOOD, retry: 2, sleep_packets: " 0.5 " }).problems, []);
});

for (const details of [{}, undefined, null, "abc", 7, []]) {
  Deno.test(`readCredential uses the defaults for the details ${JSON.stringify(details)}`, () => {
    const { credential, problems } = read(details);
    assertEquals(credential, DEFAULTS);
    assertEquals(problems.length, 4);
    assertEquals(problems[0], "timeout is missing, expected a number from 0.01 to 600: using 2");
  });
}

for (const name of ["timeout", "retry", "n_packets", "sleep_packets"] as const) {
  for (
    const value of ["abc", "", "  ", "-1", "1e9", "Infinity", "NaN", "1,5", null, true, [1], {}]
  ) {
    Deno.test(`readCredential refuses ${name} ${JSON.stringify(value)} by name`, () => {
      const { credential, problems } = read({ ...GOOD, [name]: value });
      assertEquals(credential, { ...read(GOOD).credential, [name]: DEFAULTS[name] });
      assertEquals(problems.length, 1);
      assertEquals(problems[0]?.startsWith(`${name} is ${JSON.stringify(value)}, expected`), true);
    });
  }
}

Deno.test("readCredential requires whole numbers for counts", () => {
  assertEquals(read({ ...GOOD, n_packets: "2.5" }).problems, [
    'n_packets is "2.5", expected a whole number from 1 to 1000: using 3',
  ]);
  assertEquals(read({ ...GOOD, n_packets: "0" }).credential.n_packets, 3);
  assertEquals(read({ ...GOOD, retry: "0.5" }).credential.retry, 0);
});
