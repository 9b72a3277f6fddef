import { h } from "./h.js";

/**
 * A button that switches between light and dark, and remembers the choice in this browser. Without a choice the page
 * follows the system.
 *
 * @returns {HTMLButtonElement}
 */
export function themeToggle() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  /** @type {string | null} */
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
  const button = h("button", { type: "button", onclick: toggle });
  dark.addEventListener("change", show);
  // Pages that are shown in each other, or in other tabs, change together.
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== "theme") return;
    chosen = newValue;
    show();
  });
  show();
  return button;

  function toggle() {
    chosen = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", chosen);
    } catch {
      // As above.
    }
    show();
  }

  function isDark() {
    return chosen === "light" || chosen === "dark" ? chosen === "dark" : dark.matches;
  }

  function show() {
    root.dataset.theme = isDark() ? "dark" : "light";
    button.textContent = isDark() ? "Light theme" : "Dark theme";
    // Charts draw in colors of their own.
    dispatchEvent(new Event("themechange"));
  }
}
