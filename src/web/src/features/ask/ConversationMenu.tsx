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
  const { change } = useConversationActions(conversation.id);
  const { pinned, archived } = conversation;
  const close = () => setDoing(null);
  const item = (what: Doing, icon: ReactNode, danger = false) => (
    <MenuItem icon={icon} danger={danger} onClick={() => setDoing(what)}>
      {t(`conversations.${what}`)}
    </MenuItem>
  );
  const form = (what: Doing, title: string, content: ReactNode) => (
    <Dialog title={title} open={doing === what} onClose={close}>
      {doing === what ? content : null}
    </Dialog>
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
      {form("rename", t("conversations.rename"), <RenameForm conversation={conversation} onDone={close} />)}
      {form("folder", t("conversations.folder"), <FolderForm conversation={conversation} onDone={close} />)}
      {form("share", t("share.title"), <ShareForm conversationId={conversation.id} />)}
      {form("export", t("export.title"), <ExportForms conversation={conversation} />)}
      {form("delete", t("conversations.deleteTitle"), <DeleteForm conversation={conversation} onDone={close} />)}
      <Dialog title={t("conversations.failed")} open={change.isError && doing === null} onClose={() => change.reset()}>
        <ErrorNote error={change.error} />
      </Dialog>
    </>
  );
}
