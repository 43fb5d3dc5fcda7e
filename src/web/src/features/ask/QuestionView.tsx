import { Pencil } from "lucide-react";
import { useTranslation } from "react-i18next";

import { IconButton } from "@/components/Button";

import type { Message } from "./answer";
import { QuestionForm } from "./QuestionForm";
import styles from "./Thread.module.css";

interface Props {
  message: Message;
  isOwn: boolean;
  editing: boolean;
  onEdit: (editing: boolean) => void;
}

/** What was asked; its asker may put it in other words. */
export function QuestionView({ message, isOwn, editing, onEdit }: Props) {
  const { t } = useTranslation();
  if (editing) return <QuestionForm message={message} onDone={() => onEdit(false)} />;
  return (
    <div className={styles.question}>
      <p dir="auto">{message.content}</p>
      {isOwn ? (
        <IconButton label={t("question.edit")} onClick={() => onEdit(true)}>
          <Pencil size={15} aria-hidden />
        </IconButton>
      ) : null}
    </div>
  );
}
