import { useTranslation } from "react-i18next";

import { Waiting } from "@/components/Notes";

import type { Answer } from "./answer";

/** What is being done for an answer right now. */
export function Progress({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  if (!answer.writing) return null;
  const { stage, passages, position } = answer.progress ?? { stage: "searching" as const };
  return (
    <Waiting label={t(`progress.${stage}`, { count: stage === "queued" ? (position ?? 1) : (passages ?? 0) })} />
  );
}
