import { Archive, ArchiveRestore, Download, FolderInput, Pencil, Pin, PinOff, Share2, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";

import { Dialog } from "@/components/Dialog";
import { Menu, MenuItem } from "@/components/Menu";
import { ErrorNote } from "@/components/Notes";

import { DeleteForm, FolderForm, RenameForm } from "./ConversationForms";
import { type Conversation, useConversationActions } from "./conversationQueries";
import { ExportForms } from "./ExportForms";
import { ShareForm } from "./ShareForm";

type Doing = "rename" | "folder" | "share" | "export" | "delete";

/** What the owner of a conversation can do with it. */
export function ConversationMenu({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const [doing, setDoing] = useState<Doing | null>(null);
  // What was done last stays while its window closes; of a window never opened there is nothing.
  const [shown, setShown] = useState<Doing | null>(null);
  const { change } = useConversationActions(conversation.id);
  const { pinned, archived } = conversation;
  const close = () => setDoing(null);
  const begin = (what: Doing) => {
    setDoing(what);
    setShown(what);
  };
  const item = (what: Doing, icon: ReactNode, danger = false) => (
    <MenuItem icon={icon} danger={danger} onClick={() => begin(what)}>
      {t(`conversations.${what}`)}
    </MenuItem>
  );
  return (
    <>
      <Menu label={t("conversations.actions", { title: conversation.title || t("ask.untitled") })}>
        {item("rename", <Pencil size={15} aria-hidden />)}
        <MenuItem
          icon={pinned ? <PinOff size={15} aria-hidden /> : <Pin size={15} aria-hidden />}
          onClick={() => change.mutate({ pinned: !pinned })}
        >
          {t(pinned ? "conversations.unpin" : "conversations.pin")}
        </MenuItem>
        {item("folder", <FolderInput size={15} aria-hidden />)}
        {item("share", <Share2 size={15} aria-hidden />)}
        {item("export", <Download size={15} aria-hidden />)}
        <MenuItem
          icon={archived ? <ArchiveRestore size={15} aria-hidden /> : <Archive size={15} aria-hidden />}
          onClick={() => change.mutate({ archived: !archived })}
        >
          {t(archived ? "conversations.unarchive" : "conversations.archive")}
        </MenuItem>
        {item("delete", <Trash2 size={15} aria-hidden />, true)}
      </Menu>
      {shown ? (
        <Dialog title={t(TITLES[shown])} open={doing !== null} onClose={close}>
          <Form what={shown} conversation={conversation} onDone={close} />
        </Dialog>
      ) : null}
      {change.isError ? (
        <Dialog title={t("conversations.failed")} open onClose={() => change.reset()}>
          <ErrorNote error={change.error} />
        </Dialog>
      ) : null}
    </>
  );
}

const TITLES = {
  rename: "conversations.rename",
  folder: "conversations.folder",
  share: "share.title",
  export: "export.title",
  delete: "conversations.deleteTitle",
} as const;

function Form({ what, conversation, onDone }: { what: Doing; conversation: Conversation; onDone: () => void }) {
  switch (what) {
    case "rename":
      return <RenameForm conversation={conversation} onDone={onDone} />;
    case "folder":
      return <FolderForm conversation={conversation} onDone={onDone} />;
    case "share":
      return <ShareForm conversationId={conversation.id} />;
    case "export":
      return <ExportForms conversation={conversation} />;
    case "delete":
      return <DeleteForm conversation={conversation} onDone={onDone} />;
  }
}
