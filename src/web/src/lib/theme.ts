/** Light, dark, or whatever the system says. */
export type Theme = "system" | "light" | "dark";

const STORED = "rag-theme";

/** The choice of earlier; "system" at first. */
export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Show a theme, and remember it. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(STORED, theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
