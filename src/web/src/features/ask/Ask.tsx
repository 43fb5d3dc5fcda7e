import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import { EvidencePanel, type OpenEvidence } from "@/components/evidence/EvidencePanel";
import { ErrorNote, Waiting } from "@/components/Notes";

import styles from "./Ask.module.css";
import { Composer } from "./Composer";
import { everything, type Scope, useAsk, useConversation, useMessages } from "./queries";
import { Thread } from "./Thread";

/** Ask, and read the answers of one conversation. */
export function Ask() {
  const { conversationId } = useParams();
  // A conversation of its own has a box, an evidence panel and a scroll position of its own.
  return <Conversation key={conversationId ?? "new"} id={conversationId} />;
}

function Conversation({ id }: { id: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const conversation = useConversation(id);
  const messages = useMessages(id);
  const ask = useAsk(id);
  const [scope, setScope] = useState<Scope>(everything);
  const [draft, setDraft] = useState("");
  const [evidence, setEvidence] = useState<OpenEvidence | null>(null);

  const send = async (text: string) => {
    const asked = await ask.mutateAsync({ text, scope });
    setDraft("");
    if (!id) await navigate(`/c/${asked}`);
  };
  const composer = (
    <Composer
      draft={draft}
      onDraft={setDraft}
      scope={scope}
      onScope={setScope}
      busy={ask.isPending}
      error={ask.error}
      onSend={(text) => void send(text).catch(() => undefined)}
    />
  );

  if (!id) {
    return (
      <main className={styles.start}>
        <h1>{t("ask.title")}</h1>
        <p className={styles.lead}>{t("ask.lead")}</p>
        {composer}
      </main>
    );
  }
  return (
    <div className={styles.split} data-panel={evidence ? "" : undefined}>
      <main className={styles.conversation}>
        <h1 className={styles.title}>{conversation.data?.title || t("ask.untitled")}</h1>
        <ErrorNote error={conversation.error ?? messages.error} onRetry={() => void messages.refetch()} />
        {messages.isPending ? <Waiting /> : null}
        <Thread
          messages={messages.data ?? []}
          shown={evidence}
          onEvidence={setEvidence}
          onEdit={setDraft}
        />
        {composer}
      </main>
      {evidence ? (
        <EvidencePanel shown={evidence} onShow={setEvidence} onClose={() => setEvidence(null)} />
      ) : null}
    </div>
  );
}
