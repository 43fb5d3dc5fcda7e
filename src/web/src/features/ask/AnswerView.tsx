import { memo, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { OpenEvidence } from "@/components/evidence/EvidencePanel";
import { usePrefetchPage } from "@/components/evidence/queries";
import { Markdown } from "@/components/markdown/Markdown";
import { Note } from "@/components/Notes";
import { inOneText } from "@/lib/problem";

import { type Answer, isOfLowRelevance, type Message } from "./answer";
import { AnswerActions } from "./AnswerActions";
import { Progress } from "./Progress";
import { shownEvidence, Sources } from "./Sources";
import styles from "./Thread.module.css";
import { useAnswer } from "./useAnswer";

interface Props {
  message: Message;
  isOwn: boolean;
  /** The marker whose evidence is open. */
  current: number | null;
  onEvidence: (open: OpenEvidence) => void;
}

/** An answer with its sources; while it is being written, with what is being done. */
export const AnswerView = memo(function AnswerView({ message, isOwn, current, onEvidence }: Props) {
  const { t } = useTranslation();
  const answer = useAnswer(message);
  const markers = useMemo(() => new Set(answer.evidence.map((e) => e.marker)), [answer.evidence]);
  const prefetch = usePrefetchPage();
  const fetchPage = (marker: number) => {
    const passage = answer.evidence.find((e) => e.marker === marker)?.passage;
    if (passage) prefetch(passage);
  };
  useFirstPage(answer, fetchPage);
  const open = (marker: number) => onEvidence({ answerId: message.id, marker, evidence: answer.evidence });
  if (answer.withheld) {
    return (
      <article className={styles.answer}>
        <Note>{t(isOwn ? `answer.${answer.withheld}` : "share.withheld")}</Note>
      </article>
    );
  }
  return (
    <article className={styles.answer} aria-busy={answer.writing}>
      <Standing answer={answer} isOwn={isOwn} />
      {answer.text ? (
        <Markdown
          text={answer.text}
          markers={markers}
          unsupported={(answer.outcome?.support ?? []).filter((s) => !s.supported)}
          renderCitation={(marker) => (
            <button
              type="button"
              className={styles.citation}
              aria-label={t("answer.citation", { marker, name: nameOf(answer, marker) })}
              aria-expanded={current === marker}
              onPointerEnter={() => fetchPage(marker)}
              onFocus={() => fetchPage(marker)}
              onClick={() => open(marker)}
            >
              {marker}
            </button>
          )}
        />
      ) : null}
      <Progress answer={answer} />
      <Sources answer={answer} current={current} onOpen={open} />
      <AnswerActions message={message} answer={answer} isOwn={isOwn} />
    </article>
  );
});

/** How far the answer can be relied on, where that is not the usual. */
function Standing({ answer, isOwn }: { answer: Answer; isOwn: boolean }) {
  const { t } = useTranslation();
  const unsupported = answer.outcome?.support.some((s) => !s.supported);
  const cut = isOwn && answer.status === "cancelled" ? "stopped" : answer.status;
  return (
    <>
      {answer.outcome?.mode === "extractive" && answer.warnings.length === 0 ? (
        <Note>{t("answer.extractive")}</Note>
      ) : null}
      {answer.outcome?.mode === "not_found" ? <Note kind="warning">{t("answer.notFound")}</Note> : null}
      {answer.warnings
        .filter((warning) => warning.code !== "unknown_citation")
        .map((warning) => (
          <Note key={warning.code} kind="warning">
            {t(`warning.${warning.code}`, { defaultValue: inOneText(warning) })}
          </Note>
        ))}
      {isOfLowRelevance(answer) ? <Note kind="warning">{t("answer.lowRelevance")}</Note> : null}
      {unsupported ? <Note kind="warning">{t("answer.someUnsupported")}</Note> : null}
      {answer.error ? (
        <Note kind="warning">{inOneText(answer.error)}</Note>
      ) : null}
      {["stopped", "cancelled", "interrupted"].includes(cut) || (cut === "partial" && !answer.error) ? (
        <Note kind="warning">{t(`answer.${cut}`)}</Note>
      ) : null}
    </>
  );
}

/** Fetch the first cited page as soon as an answer has been written before the reader's eyes. */
function useFirstPage(answer: Answer, fetchPage: (marker: number) => void): void {
  const was = useRef(answer.writing);
  useEffect(() => {
    const first = shownEvidence(answer)[0];
    if (was.current && !answer.writing && first) fetchPage(first.marker);
    was.current = answer.writing;
  });
}

function nameOf(answer: Answer, marker: number): string {
  const found = answer.evidence.find((e) => e.marker === marker)?.passage;
  return found ? found.document_name : "";
}
