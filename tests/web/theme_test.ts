import { assert } from "@std/assert";
import { THEME_CSS } from "../../src/web/theme.ts";
import { contrast } from "./contrast.ts";

Deno.test("THEME_CSS has enough contrast for text, controls and charts, in light and dark", () => {
  const colors = [...THEME_CSS.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)];
  for (const theme of [2, 3]) {
    const color = (name: string) => colors.find((found) => found[1] === name)![theme]!;
    const names = colors.map((found) => found[1]!);
    for (
      const name of names.filter((name) => !["background", "surface", "border"].includes(name))
    ) {
      // WCAG AA asks for 4.5 for text and for 3 for the outlines of controls.
      const least = name === "control" ? 3 : 4.5;
      for (const ground of ["background", "surface"]) {
        const found = contrast(color(name), color(ground));
        assert(found >= least, `${name} on ${ground}, ${theme === 2 ? "light" : "dark"}: ${found}`);
      }
    }
  }
  assert(colors.length > 10);
});
