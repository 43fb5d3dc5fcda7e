import "@/app/tokens.css";
import "@/app/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/app/App";
import { startTranslations } from "@/lib/i18n";
import { chooseTheme, storedTheme } from "@/lib/theme";

chooseTheme(storedTheme());
await startTranslations();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
