// Runs before every test module when `tests/run.ts` runs it.

// The tests log why they failed.
// deno-lint-ignore-file no-console

/** Makes a test that hangs fail by name. The longest takes less than a minute on an idle machine. */
const TEST_TIMEOUT_MS = 10 * 60_000;

// Programs that tests start print without colors.
Deno.env.delete("FORCE_COLOR");

// `deno test` prints why a test failed only at the end of the run, which a run that is cut never reaches.
const test = Deno.test;
Reflect.set(
  Deno,
  "test",
  Object.assign((...args: unknown[]): void => {
    const definition: Partial<Deno.TestDefinition> = { timeout: TEST_TIMEOUT_MS };
    for (const arg of args) {
      if (typeof arg === "string") definition.name = arg;
      else if (typeof arg === "function") definition.fn = arg as Deno.TestDefinition["fn"];
      else Object.assign(definition, arg);
    }
    const { fn, ignore } = definition;
    let name = definition.name ?? fn!.name;
    // The name of a test that needs something ends with "(needs ...)". Others are skipped for the operating system.
    if (ignore && !/\(needs .*\)$/.test(name)) name += ` (not on ${Deno.build.os})`;
    test({
      ...definition,
      name,
      async fn(context) {
        try {
          await fn!(context);
        } catch (error) {
          console.error(`${name} failed:`, error);
          throw error;
        }
      },
    });
  }, test),
);

addEventListener("error", ({ error }) => console.error("Uncaught:", error));
addEventListener("unhandledrejection", ({ reason }) => console.error("Uncaught:", reason));
