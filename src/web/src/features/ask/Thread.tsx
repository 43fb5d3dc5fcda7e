import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { OpenEvidence } from "@/components/evidence/EvidencePanel";

import { Note } from "@/components/Notes";

import { AnswerView } from "./AnswerView";
import type { Message } from "./answer";
import { isWriting } from "./answer";
import { QuestionView } from "./QuestionView";
import styles from "./Thread.module.css";

interface Props {
  messages: Message[];
  isOwn: boolean;
  shown: OpenEvidence | null;
  onEvidence: (open: OpenEvidence) => void;
  /** The question that is being put in other words. */
  editing: string | null;
  onEdit: (questionId: string | null) => void;
}

/** Questions and answers in their order; the end stays in view while it is being written. */
export function Thread({ messages, isOwn, shown, onEvidence, editing, onEdit }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  useStickToEnd(box, messages.length > 0 && isWriting(messages[messages.length - 1] as Message));
  return (
    <div ref={box} className={styles.thread} role="log" aria-label={t("ask.thread")} tabIndex={0}>
      <ol className={styles.turns}>
        {messages.map((message, at) => (
          <li key={message.id}>
            {message.role === "user" ? (
              <QuestionView
                message={message}
                isOwn={isOwn}
                editing={editing === message.id}
                onEdit={(wanted) => onEdit(wanted ? message.id : null)}
              />
            ) : (
              <AnswerView
                message={message}
                isOwn={isOwn}
                current={shown?.answerId === message.id ? shown.marker : null}
                onEvidence={onEvidence}
              />
            )}
            {message.role === "user" && messages[at + 1]?.role !== "assistant" ? (
              <Note>{t("question.unanswered")}</Note>
            ) : null}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Keep the end in view as it grows, until the reader scrolls away from it. */
function useStickToEnd(box: React.RefObject<HTMLDivElement | null>, growing: boolean): void {
  const atEnd = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const toEnd = () => element.scrollTo({ top: element.scrollHeight });
    const look = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 48;
    };
    const watcher = new ResizeObserver(() => {
      if (growing && atEnd.current) toEnd();
    });
    if (element.firstElementChild) watcher.observe(element.firstElementChild);
    element.addEventListener("scroll", look, { passive: true });
    if (growing) {
      atEnd.current = true;
      toEnd();
    }
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box, growing]);
}
