import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { Dialog } from "@/components/Dialog";

import styles from "./Shortcuts.module.css";

const KEYS = [
  ["?", "help"],
  ["n", "ask"],
  ["/", "search"],
  ["l", "library"],
  ["Enter", "send"],
  ["Shift+Enter", "newLine"],
  ["#", "collections"],
  ["@", "documents"],
  ["↑", "editLast"],
  ["Esc", "escape"],
] as const;

const PLACES: Record<string, string> = { n: "/", "/": "/search", l: "/library" };

/** Listens for the keys that work everywhere, and shows what they are. */
export function Shortcuts() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const place = PLACES[event.key];
      if (event.key === "?") setOpen(true);
      else if (place) void navigate(place);
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [navigate]);
  return (
    <Dialog title={t("shortcuts.title")} open={open} onClose={() => setOpen(false)}>
      <dl className={styles.keys}>
        {KEYS.map(([key, name]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`shortcuts.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
