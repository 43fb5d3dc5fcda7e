import { Check, Copy, Eye, RefreshCw, Square, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button, IconButton } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ErrorNote } from "@/components/Notes";

import type { Answer, Message } from "./answer";
import { FeedbackForm } from "./FeedbackForm";
import { ModelSaw } from "./ModelSaw";
import { useAnswerActions } from "./queries";
import { shownEvidence } from "./Sources";
import styles from "./Thread.module.css";

interface Props {
  message: Message;
  answer: Answer;
}

/** What can be done with an answer. */
export function AnswerActions({ message, answer }: Props) {
  const { t } = useTranslation();
  const { cancel, regenerate, rate } = useAnswerActions(message.conversation_id, message.id);
  const [seeing, setSeeing] = useState(false);
  const [rating, setRating] = useState(false);
  if (answer.writing) {
    return (
      <Button icon={<Square size={14} aria-hidden />} onClick={() => cancel.mutate()} disabled={cancel.isPending}>
        {t("answer.stop")}
      </Button>
    );
  }
  const thumb = (value: 1 | -1) => ({
    "aria-pressed": message.rating === value,
    onClick: () => (value === 1 ? rate.mutate({ rating: 1, reason: "", comment: "", with_question: false }) : setRating(true)),
  });
  return (
    <>
      <ErrorNote error={regenerate.error ?? rate.error} />
      <div className={styles.actions}>
        <CopyButton answer={answer} />
        <IconButton label={t("answer.regenerate")} onClick={() => regenerate.mutate()} disabled={regenerate.isPending}>
          <RefreshCw size={16} aria-hidden />
        </IconButton>
        <IconButton label={t("answer.good")} {...thumb(1)}>
          <ThumbsUp size={16} aria-hidden />
        </IconButton>
        <IconButton label={t("answer.bad")} {...thumb(-1)}>
          <ThumbsDown size={16} aria-hidden />
        </IconButton>
        <IconButton label={t("saw.title")} onClick={() => setSeeing(true)}>
          <Eye size={16} aria-hidden />
        </IconButton>
      </div>
      <Dialog title={t("saw.title")} open={seeing} onClose={() => setSeeing(false)}>
        <ModelSaw answer={answer} />
      </Dialog>
      <Dialog title={t("feedback.title")} open={rating} onClose={() => setRating(false)}>
        <FeedbackForm
          onSend={(reason, comment, withQuestion) => {
            rate.mutate({ rating: -1, reason, comment, with_question: withQuestion });
            setRating(false);
          }}
        />
      </Dialog>
    </>
  );
}

function CopyButton({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const sources = shownEvidence(answer).map(({ marker, passage }) => {
      const page = passage.page_start ? `, ${t("answer.page", { page: passage.page_start })}` : "";
      return `[${marker}] ${passage.document_name}${page}`;
    });
    await navigator.clipboard.writeText([answer.text.trim(), "", ...sources].join("\n").trim());
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <IconButton label={t(copied ? "answer.copied" : "answer.copy")} onClick={() => void copy()}>
      {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
    </IconButton>
  );
}
