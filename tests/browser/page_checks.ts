import type { Page } from "playwright-core";
import { contrast } from "../web/contrast.ts";

/** A text of a page with its color, the one behind it, and how large it must be told apart. */
type Text = readonly [text: string, color: string, background: string];

/** The texts of a page that one can hardly read: with a contrast of less than 4.5 (WCAG AA). */
export async function poorContrasts(page: Page): Promise<string[]> {
  const texts: Text[] = await page.evaluate(`(() => {
    const backgroundOf = (element) => {
      for (let each = element; each !== null; each = each.parentElement) {
        const { backgroundColor } = getComputedStyle(each);
        if (backgroundColor !== "rgba(0, 0, 0, 0)") return backgroundColor;
      }
      return getComputedStyle(document.body).backgroundColor;
    };
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { textContent, parentElement } = walker.currentNode;
      const isShown = parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      if (textContent.trim() === "" || !isShown || parentElement.closest("noscript, :disabled")) continue;
      const { color } = getComputedStyle(parentElement);
      texts.push([textContent.trim(), color, backgroundOf(parentElement)]);
    }
    return texts;
  })()`);
  if (texts.length < 20) throw new Error(`Only ${texts.length} texts found`);
  return texts.flatMap(([text, color, background]) => {
    const found = contrast(color, background);
    return found < 4.5 ? [`${found.toFixed(2)}: "${text}", ${color} on ${background}`] : [];
  });
}
