import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { Button } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";
import { useEscape } from "@/lib/useEscape";

import type { Message } from "./answer";
import { useEditQuestion } from "./conversationQueries";
import styles from "./Thread.module.css";

interface Props {
  message: Message;
  onDone: () => void;
}

/** A question to be asked in other words, in a copy of what came before it. */
export function QuestionForm({ message, onDone }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const edit = useEditQuestion(message.conversation_id);
  const [text, setText] = useState(message.content);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = box.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
    element?.scrollIntoView({ block: "nearest" });
  }, []);
  useEscape(onDone);
  const send = () => {
    const content = text.trim();
    if (!content || edit.isPending) return;
    edit.mutate(
      { id: message.id, content, filters: message.filters },
      { onSuccess: (copy) => void navigate(`/c/${copy}`) },
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className={styles.editing}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <ErrorNote error={edit.error} />
      <textarea
        ref={box}
        aria-label={t("question.edit")}
        value={text}
        maxLength={4000}
        dir="auto"
        rows={2}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles.editTools}>
        <span>{t("question.keeps")}</span>
        <Button onClick={onDone}>{t("cancel")}</Button>
        <Button kind="primary" type="submit" disabled={!text.trim() || edit.isPending} accessibleWhenDisabled>
          {t("ask.send")}
        </Button>
      </div>
    </form>
  );
}
