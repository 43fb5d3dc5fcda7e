import { Pencil } from "lucide-react";
import { useTranslation } from "react-i18next";

import { IconButton } from "@/components/Button";

import type { Message } from "./answer";
import styles from "./Thread.module.css";

interface Props {
  message: Message;
  onEdit: (text: string) => void;
}

/** What was asked. */
export function QuestionView({ message, onEdit }: Props) {
  const { t } = useTranslation();
  return (
    <div className={styles.question}>
      <p dir="auto">{message.content}</p>
      <IconButton label={t("question.edit")} onClick={() => onEdit(message.content)}>
        <Pencil size={15} aria-hidden />
      </IconButton>
    </div>
  );
}
