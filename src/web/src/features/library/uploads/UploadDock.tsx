import { useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";

import { IconButton } from "@/components/Button";
import { useUser } from "@/lib/session";

import { keys } from "../queries";
import { useKeptUploads } from "./kept";
import { isSettled, type Upload } from "./queue";
import { UploadRow } from "./UploadRow";
import styles from "./Uploads.module.css";
import { uploads, useUploads } from "./useUploads";

const REFRESH_MS = 400;
const SHOWN = 100;

/** The files on their way in, over whichever view is open. */
export function UploadDock() {
  const { t } = useTranslation();
  const items = useUploads();
  const [folded, setFolded] = useState(false);
  const settled = items.filter(isSettled).length;
  useListsKeptCurrent(items);
  useWarningBeforeLeaving(items.some((item) => item.phase === "waiting" || item.phase === "sending"));
  useKeptUploads(useUser().id);
  useClearingOnTheWay(items);
  if (items.length === 0) return null;
  const failed = items.filter(({ phase }) => phase === "failed" || phase === "unsent").length;
  const Fold = folded ? ChevronUp : ChevronDown;
  const shown = inOrderOfInterest(items).slice(0, SHOWN);
  return (
    <section className={styles.dock} aria-label={t("upload.title")}>
      <header className={styles.head}>
        <p role="status">
          {settled < items.length ? t("upload.progress", { done: settled - failed, count: items.length }) : t("upload.over", { count: settled - failed })}
          {failed > 0 ? <span className={styles.failed}> {t("upload.failures", { count: failed })}</span> : null}
        </p>
        <IconButton label={t(folded ? "upload.unfold" : "upload.fold")} aria-expanded={!folded} onClick={() => setFolded(!folded)}>
          <Fold size={18} aria-hidden />
        </IconButton>
        <IconButton label={t("upload.clear")} onClick={() => uploads.clear()} disabled={settled === 0} accessibleWhenDisabled>
          <X size={18} aria-hidden />
        </IconButton>
      </header>
      {folded ? null : (
        <ul className={styles.items}>
          {shown.map((item) => (
            <UploadRow key={item.id} upload={item} />
          ))}
          {items.length > shown.length ? <li className={styles.rest}>{t("upload.rest", { count: items.length - shown.length })}</li> : null}
        </ul>
      )}
    </section>
  );
}

/** What is being worked on, then what failed, then what waits, then what is over. */
function inOrderOfInterest(items: readonly Upload[]): Upload[] {
  const rank = ({ phase }: Upload) =>
    phase === "sending" || phase === "reading" ? 0 : phase === "failed" || phase === "unsent" ? 1 : phase === "waiting" ? 2 : 3;
  return [...items].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

/** Has the library's lists asked for again when something came of an upload. */
function useListsKeptCurrent(items: readonly Upload[]): void {
  const queries = useQueryClient();
  const news = items.filter((item) => item.documentId).length + items.filter(isSettled).length;
  useEffect(() => {
    if (news === 0) return undefined;
    const timer = setTimeout(() => {
      void queries.invalidateQueries({ queryKey: keys.documents });
      void queries.invalidateQueries({ queryKey: keys.collections });
    }, REFRESH_MS);
    return () => clearTimeout(timer);
  }, [news, queries]);
}

/** What all went well need not lie over the next view. */
function useClearingOnTheWay(items: readonly Upload[]): void {
  const { pathname } = useLocation();
  const shownAt = useRef(pathname);
  const isOver = items.length > 0 && items.every(({ phase }) => phase === "done");
  useEffect(() => {
    if (pathname === shownAt.current) return;
    shownAt.current = pathname;
    if (isOver) uploads.clear();
  }, [pathname, isOver]);
}

/** Files that were not sent yet would be lost with the page; what was sent goes on without it. */
function useWarningBeforeLeaving(sending: boolean): void {
  useEffect(() => {
    if (!sending) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [sending]);
}
