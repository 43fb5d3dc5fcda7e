import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";

import { EvidencePanel, type OpenEvidence } from "@/components/evidence/EvidencePanel";
import { ErrorNote, Waiting } from "@/components/Notes";
import { useUser } from "@/lib/session";

import styles from "./Ask.module.css";
import { Composer } from "./Composer";
import { ConversationHeader } from "./ConversationHeader";
import { useAsk, useCollections, useConversation, useMessages } from "./queries";
import { OwnCopy } from "./OwnCopy";
import { Thread } from "./Thread";
import { useDraft } from "./useDraft";
import { useScope } from "./useScope";

/** Ask, and read the answers of one conversation. */
export function Ask() {
  const { conversationId } = useParams();
  // A conversation of its own has a box, an evidence panel and a scroll position of its own.
  return conversationId ? <Conversation key={conversationId} id={conversationId} /> : <Start />;
}

function Start() {
  const { t } = useTranslation();
  return (
    <main className={styles.start}>
      <h1>{t("ask.title")}</h1>
      <p className={styles.lead}>{t("ask.lead")}</p>
      <QuestionBox />
      <NothingYet />
    </main>
  );
}

/** The way to a first document, for whoever may read none. */
function NothingYet() {
  const { t } = useTranslation();
  const collections = useCollections();
  if (!collections.data?.every((collection) => collection.document_count === 0)) return null;
  return (
    <p className={styles.lead}>
      {t("ask.noDocuments")} <Link to="/library">{t("ask.addSome")}</Link>
    </p>
  );
}

function Conversation({ id }: { id: string }) {
  const conversation = useConversation(id);
  const messages = useMessages(id);
  const user = useUser();
  const [evidence, setEvidence] = useState<OpenEvidence | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const isOwn = conversation.data?.owner_id === user.id;
  const lastQuestion = messages.data?.findLast((message) => message.role === "user");
  return (
    <div className={styles.split} data-panel={evidence ? "" : undefined}>
      <main className={styles.conversation}>
        <ConversationHeader conversation={conversation.data} />
        <ErrorNote error={conversation.error ?? messages.error} onRetry={() => void messages.refetch()} />
        {messages.isPending ? <Waiting /> : null}
        <Thread
          messages={messages.data ?? []}
          isOwn={isOwn}
          shown={evidence}
          onEvidence={setEvidence}
          editing={editing}
          onEdit={setEditing}
        />
        {isOwn ? <QuestionBox id={id} onEditLast={() => setEditing(lastQuestion?.id ?? null)} /> : null}
        {conversation.data && !isOwn ? <OwnCopy conversation={conversation.data} /> : null}
      </main>
      {evidence ? (
        <EvidencePanel shown={evidence} onShow={setEvidence} onClose={() => setEvidence(null)} />
      ) : null}
    </div>
  );
}

/** The box with what it needs to know; what is typed into it draws nothing else anew. */
function QuestionBox({ id, onEditLast }: { id?: string; onEditLast?: () => void }) {
  const navigate = useNavigate();
  const messages = useMessages(id);
  const ask = useAsk(id);
  const [scope, setScope] = useScope(messages.data);
  const [draft, setDraft] = useDraft(id);
  const send = async (text: string) => {
    const asked = await ask.mutateAsync({ text, scope });
    setDraft("");
    if (!id) await navigate(`/c/${asked}`);
  };
  return (
    <Composer
      draft={draft}
      onDraft={setDraft}
      scope={scope}
      onScope={setScope}
      busy={ask.isPending}
      error={ask.error}
      onSend={(text) => void send(text).catch(() => undefined)}
      onEditLast={onEditLast}
    />
  );
}
