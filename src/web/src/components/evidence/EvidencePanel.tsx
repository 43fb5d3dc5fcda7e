import { ChevronLeft, ChevronRight, Download, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { IconButton } from "@/components/Button";
import { useEscape } from "@/lib/useEscape";

import { DocumentPages } from "./DocumentPages";
import styles from "./Evidence.module.css";
import { OriginalLink } from "./OriginalLink";
import { SectionView } from "./SectionView";

type Passage = Schemas["PassageBody"];

/** A passage that was opened, among those of its answer. */
export interface OpenEvidence {
  answerId: string;
  marker: number;
  evidence: { marker: number; passage: Passage }[];
}

interface Props {
  shown: OpenEvidence;
  onShow: (open: OpenEvidence) => void;
  onClose: () => void;
}

/** The document beside the answer, at the very passage. */
export function EvidencePanel({ shown, onShow, onClose }: Props) {
  const { t } = useTranslation();
  const panel = useRef<HTMLElement>(null);
  const at = shown.evidence.findIndex((e) => e.marker === shown.marker);
  const passage = shown.evidence[at]?.passage;
  useEffect(() => {
    // Whoever opens it by keyboard goes on reading there, and comes back when it closes.
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEscape(onClose);
  if (!passage) return null;
  const step = (by: number) => {
    const next = shown.evidence[at + by];
    if (next) onShow({ ...shown, marker: next.marker });
  };
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      aria-label={t("evidence.title")}
      className={styles.panel}
    >
      <header className={styles.header}>
        <div className={styles.naming}>
          <h2 dir="auto">
            <span className={styles.marker}>{shown.marker}</span> {passage.document_name}
          </h2>
          <p dir="auto" className={styles.path}>
            {passage.heading_path.join(" › ")}
          </p>
        </div>
        <div className={styles.tools}>
          <IconButton label={t("evidence.previous")} onClick={() => step(-1)} disabled={at <= 0} accessibleWhenDisabled>
            <ChevronLeft size={18} aria-hidden />
          </IconButton>
          <IconButton
            label={t("evidence.next")}
            onClick={() => step(1)}
            disabled={at >= shown.evidence.length - 1}
            accessibleWhenDisabled
          >
            <ChevronRight size={18} aria-hidden />
          </IconButton>
          <IconButton
            label={t("evidence.original")}
            render={
              <OriginalLink documentId={passage.document_id} versionId={passage.version_id} />
            }
          >
            <Download size={18} aria-hidden />
          </IconButton>
          <IconButton label={t("close")} onClick={onClose}>
            <X size={18} aria-hidden />
          </IconButton>
        </div>
      </header>
      {passage.page_start ? (
        <DocumentPages
          key={`${passage.version_id}-${shown.marker}`}
          documentId={passage.document_id}
          versionId={passage.version_id}
          startPage={passage.page_start}
          boxes={passage.boxes}
        />
      ) : (
        <SectionView passage={passage} />
      )}
    </aside>
  );
}
