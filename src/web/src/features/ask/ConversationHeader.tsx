import { GitBranch } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useUser } from "@/lib/session";

import styles from "./Ask.module.css";
import { ConversationMenu } from "./ConversationMenu";
import type { Conversation } from "./conversationQueries";
import { useConversation } from "./queries";

/** A conversation's title, where it came from, and what can be done with it. */
export function ConversationHeader({ conversation }: { conversation: Conversation | undefined }) {
  const { t } = useTranslation();
  const user = useUser();
  return (
    <header className={styles.header}>
      <div className={styles.naming}>
        <h1 className={styles.title} dir="auto">
          {conversation ? conversation.title || t("ask.untitled") : "\u00a0"}
        </h1>
        {conversation?.forked_from ? <Origin id={conversation.forked_from} edited={conversation.edited} /> : null}
        {conversation && conversation.owner_id !== user.id ? (
          <p className={styles.origin}>{t("share.by", { name: conversation.owner ?? "…" })}</p>
        ) : null}
      </div>
      {conversation?.owner_id === user.id ? <ConversationMenu conversation={conversation} /> : null}
    </header>
  );
}

/** The way back to what a conversation was copied from, while that may be read. */
function Origin({ id, edited }: { id: string; edited: boolean }) {
  const { t } = useTranslation();
  const source = useConversation(id);
  if (!source.data) return null;
  return (
    <p className={styles.origin}>
      <GitBranch size={13} aria-hidden />
      {t(edited ? "conversations.editedFrom" : "conversations.copiedFrom")}{" "}
      <Link to={`/c/${id}`} dir="auto">
        {source.data.title || t("ask.untitled")}
      </Link>
    </p>
  );
}
