import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";
import { download, fileNameOf } from "@/lib/download";

import styles from "./ConversationList.module.css";
import type { Conversation } from "./conversationQueries";

const FORMS = [
  ["markdown", "md"],
  ["html", "html"],
  ["json", "json"],
] as const;

/** The forms a conversation can be saved in, with what its reader may see. */
export function ExportForms({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const save = useMutation({
    mutationFn: ([form, suffix]: (typeof FORMS)[number]) =>
      download(
        `/api/v1/conversations/${conversation.id}/export?format=${form}`,
        fileNameOf(conversation.title, suffix),
      ),
  });
  return (
    <div className={styles.form}>
      <p>{t("export.lead")}</p>
      <ErrorNote error={save.error} />
      <ul className={styles.forms}>
        {FORMS.map((form) => (
          <li key={form[0]}>
            <Button
              icon={<Download size={16} aria-hidden />}
              onClick={() => save.mutate(form)}
              disabled={save.isPending}
            >
              {t(`export.${form[0]}`)}
            </Button>
            <span>{t(`export.${form[0]}Lead`)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
