import { type SyntheticEvent, useId } from "react";
import { useTranslation } from "react-i18next";
import { useMatch, useNavigate } from "react-router";

import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { submitted } from "@/lib/form";

import styles from "./ConversationList.module.css";
import { type Conversation, useConversationActions, useFolders } from "./conversationQueries";

interface Props {
  conversation: Conversation;
  onDone: () => void;
}

/** A new title. */
export function RenameForm({ conversation, onDone }: Props) {
  const { t } = useTranslation();
  const { change } = useConversationActions(conversation.id);
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    change.mutate({ title: submitted(event)("title") }, { onSuccess: onDone });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <ErrorNote error={change.error} />
      <TextField
        label={t("conversations.newTitle")}
        name="title"
        defaultValue={conversation.title}
        maxLength={200}
        dir="auto"
        required
      />
      <Button kind="primary" type="submit" disabled={change.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}

/** The folder it lies in: one there is, a new one, or none. */
export function FolderForm({ conversation, onDone }: Props) {
  const { t } = useTranslation();
  const { change } = useConversationActions(conversation.id);
  const folders = useFolders();
  const names = useId();
  const put = (folder: string) => change.mutate({ folder: folder.trim() }, { onSuccess: onDone });
  return (
    <form className={styles.form} onSubmit={(event) => put(submitted(event)("folder"))}>
      <ErrorNote error={change.error} />
      <TextField
        label={t("conversations.folderName")}
        hint={t("conversations.folderHint")}
        name="folder"
        list={names}
        defaultValue={conversation.folder}
        maxLength={80}
        dir="auto"
        autoComplete="off"
      />
      <datalist id={names}>
        {folders.data?.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <div className={styles.buttons}>
        <Button kind="primary" type="submit" disabled={change.isPending}>
          {t("save")}
        </Button>
        {conversation.folder ? (
          <Button onClick={() => put("")} disabled={change.isPending}>
            {t("conversations.noFolder")}
          </Button>
        ) : null}
      </div>
    </form>
  );
}

/** The last question before it is gone. */
export function DeleteForm({ conversation, onDone }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const current = useMatch(`/c/${conversation.id}`);
  const { remove } = useConversationActions(conversation.id);
  const onDelete = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        onDone();
        if (current) void navigate("/");
      },
    });
  return (
    <div className={styles.form}>
      <p>{t("conversations.deleteLead", { title: conversation.title || t("ask.untitled") })}</p>
      <ErrorNote error={remove.error} />
      <div className={styles.buttons}>
        <Button kind="danger" onClick={onDelete} disabled={remove.isPending}>
          {t("conversations.delete")}
        </Button>
        <Button onClick={onDone}>{t("cancel")}</Button>
      </div>
    </div>
  );
}
