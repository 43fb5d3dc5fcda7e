import "@/app/tokens.css";
import "@/app/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/app/App";
import { startTranslations } from "@/lib/i18n";
import { chooseTheme, storedTheme } from "@/lib/theme";

chooseTheme(storedTheme());
// The code of the first view comes while the server says who is signed in; the view fetches it again
// if this fails.
if (/^\/(c\/|$)/.test(window.location.pathname)) import("@/features/ask/Ask").catch(() => undefined);
await startTranslations();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
