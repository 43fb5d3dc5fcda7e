import { LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Answer } from "./answer";
import styles from "./Thread.module.css";

/** What is being done for an answer right now. */
export function Progress({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  if (!answer.writing) return null;
  const { stage, passages, position } = answer.progress ?? { stage: "searching" as const };
  return (
    <p role="status" className={styles.progress}>
      <LoaderCircle size={16} aria-hidden className={styles.turning} />
      {t(`progress.${stage}`, { count: stage === "queued" ? (position ?? 1) : (passages ?? 0) })}
    </p>
  );
}
