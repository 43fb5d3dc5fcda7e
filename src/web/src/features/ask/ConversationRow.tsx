import { Archive, GitBranch } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";

import { useUser } from "@/lib/session";

import styles from "./ConversationList.module.css";
import { ConversationMenu } from "./ConversationMenu";
import type { Conversation } from "./conversationQueries";

/** One conversation of the list. */
export const ConversationRow = memo(function ConversationRow({
  conversation,
  inFolder,
}: {
  conversation: Conversation;
  inFolder: boolean;
}) {
  const { t } = useTranslation();
  const isOwn = conversation.owner_id === useUser().id;
  const title = conversation.title || t("ask.untitled");
  return (
    <div className={styles.row} data-in-folder={inFolder || undefined}>
      <NavLink to={`/c/${conversation.id}`} title={title}>
        {conversation.forked_from ? <GitBranch size={13} aria-label={t("conversations.copy")} /> : null}
        {conversation.archived ? <Archive size={13} aria-label={t("conversations.isArchived")} /> : null}
        <span dir="auto">{title}</span>
        {isOwn || !conversation.owner ? null : <span className={styles.owner}>{conversation.owner}</span>}
      </NavLink>
      {isOwn ? <ConversationMenu conversation={conversation} /> : null}
    </div>
  );
});
