import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { Button } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";

import styles from "./Ask.module.css";
import { type Conversation, useFork } from "./conversationQueries";

/** In place of the box, for whom the conversation was shared with. */
export function OwnCopy({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const fork = useFork(conversation.id);
  return (
    <footer className={styles.readOnly}>
      <ErrorNote error={fork.error} />
      <p>{t("share.readOnly")}</p>
      <Button
        kind="primary"
        disabled={fork.isPending}
        onClick={() => fork.mutate(undefined, { onSuccess: (copy) => void navigate(`/c/${copy.id}`) })}
      >
        {t("share.askOwn")}
      </Button>
    </footer>
  );
}
