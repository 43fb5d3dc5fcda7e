import { Check, Copy, Eye, GitBranch, RefreshCw, Square, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { Button, IconButton } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ErrorNote } from "@/components/Notes";
import { useEscape } from "@/lib/useEscape";

import type { Answer, Message } from "./answer";
import { useFork } from "./conversationQueries";
import { FeedbackForm } from "./FeedbackForm";
import { ModelSaw } from "./ModelSaw";
import { useAnswerActions } from "./queries";
import { shownEvidence } from "./Sources";
import styles from "./Thread.module.css";

interface Props {
  message: Message;
  answer: Answer;
  isOwn: boolean;
}

/** What can be done with an answer. */
export function AnswerActions({ message, answer, isOwn }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { regenerate, rate } = useAnswerActions(message.conversation_id, message.id);
  const fork = useFork(message.conversation_id);
  const [seeing, setSeeing] = useState(false);
  const [rating, setRating] = useState(false);
  if (answer.writing) return isOwn ? <StopButton message={message} /> : null;
  const thumb = (value: 1 | -1) => ({
    "aria-pressed": message.rating === value,
    onClick: () => (value === 1 ? rate.mutate({ rating: 1, reason: "", comment: "", with_question: false }) : setRating(true)),
  });
  return (
    <>
      <ErrorNote error={regenerate.error ?? rate.error ?? fork.error} />
      <div className={styles.actions}>
        <CopyButton answer={answer} />
        {isOwn ? (
          <>
            <IconButton label={t("answer.regenerate")} onClick={() => regenerate.mutate()} disabled={regenerate.isPending}>
              <RefreshCw size={16} aria-hidden />
            </IconButton>
            <IconButton label={t("answer.good")} {...thumb(1)}>
              <ThumbsUp size={16} aria-hidden />
            </IconButton>
            <IconButton label={t("answer.bad")} {...thumb(-1)}>
              <ThumbsDown size={16} aria-hidden />
            </IconButton>
          </>
        ) : null}
        <IconButton
          label={t("answer.fork")}
          disabled={fork.isPending}
          onClick={() => fork.mutate(message.id, { onSuccess: (copy) => void navigate(`/c/${copy.id}`) })}
        >
          <GitBranch size={16} aria-hidden />
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

/** Ends the writing; so does Escape. */
function StopButton({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { cancel } = useAnswerActions(message.conversation_id, message.id);
  const stop = () => {
    if (!cancel.isPending) cancel.mutate();
  };
  useEscape(stop);
  return (
    <>
      <ErrorNote error={cancel.error} />
      <Button
        icon={<Square size={14} aria-hidden />}
        onClick={stop}
        disabled={cancel.isPending}
        aria-keyshortcuts="Escape"
      >
        {t("answer.stop")}
      </Button>
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
