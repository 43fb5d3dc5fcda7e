import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { OpenEvidence } from "@/components/evidence/EvidencePanel";

import { AnswerView } from "./AnswerView";
import type { Message } from "./answer";
import { isWriting } from "./answer";
import { QuestionView } from "./QuestionView";
import styles from "./Thread.module.css";

interface Props {
  messages: Message[];
  shown: OpenEvidence | null;
  onEvidence: (open: OpenEvidence) => void;
  onEdit: (text: string) => void;
}

/** Questions and answers in their order; the end stays in view while it is being written. */
export function Thread({ messages, shown, onEvidence, onEdit }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  useStickToEnd(box, messages.length > 0 && isWriting(messages[messages.length - 1] as Message));
  return (
    <div ref={box} className={styles.thread} role="log" aria-label={t("ask.thread")} tabIndex={0}>
      <ol className={styles.turns}>
        {messages.map((message) => (
          <li key={message.id}>
            {message.role === "user" ? (
              <QuestionView message={message} onEdit={onEdit} />
            ) : (
              <AnswerView message={message} shown={shown} onEvidence={onEvidence} />
            )}
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
