import { Pencil, Trash2 } from "lucide-react";
import { type SyntheticEvent, useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useMatch, useNavigate } from "react-router";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { Menu, MenuItem } from "@/components/Menu";
import { ErrorNote } from "@/components/Notes";
import { submitted } from "@/lib/form";

import styles from "./ConversationList.module.css";
import { useConversationActions, useConversations } from "./queries";

/** One's conversations, to search and to go back to. */
export function ConversationList() {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const found = useConversations(useDeferredValue(search));
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={styles.list} aria-label={t("conversations.title")}>
      <input
        type="search"
        className={styles.search}
        aria-label={t("conversations.search")}
        placeholder={t("conversations.search")}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <ErrorNote error={found.error} />
      <ul className={styles.items}>
        {items.map((item) => (
          <Row key={item.id} conversation={item} />
        ))}
        {found.hasNextPage ? (
          <li>
            <Button kind="quiet" onClick={() => void found.fetchNextPage()} disabled={found.isFetchingNextPage}>
              {t("more")}
            </Button>
          </li>
        ) : null}
        {found.isSuccess && items.length === 0 ? (
          <li className={styles.none}>{t(search ? "conversations.noneFound" : "conversations.none")}</li>
        ) : null}
      </ul>
    </section>
  );
}

function Row({ conversation }: { conversation: Schemas["ConversationBody"] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const current = useMatch(`/c/${conversation.id}`);
  const { rename, remove } = useConversationActions(conversation.id);
  const [asking, setAsking] = useState<"rename" | "delete" | null>(null);
  const title = conversation.title || t("ask.untitled");
  const close = () => setAsking(null);
  const onRename = (event: SyntheticEvent<HTMLFormElement>) => {
    rename.mutate(submitted(event)("title"), { onSuccess: close });
  };
  const onDelete = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        close();
        if (current) void navigate("/");
      },
    });
  return (
    <li className={styles.row}>
      <NavLink to={`/c/${conversation.id}`} dir="auto">
        {title}
      </NavLink>
      <Menu label={t("conversations.actions", { title })}>
        <MenuItem icon={<Pencil size={15} aria-hidden />} onClick={() => setAsking("rename")}>
          {t("conversations.rename")}
        </MenuItem>
        <MenuItem icon={<Trash2 size={15} aria-hidden />} danger onClick={() => setAsking("delete")}>
          {t("conversations.delete")}
        </MenuItem>
      </Menu>
      <Dialog title={t("conversations.rename")} open={asking === "rename"} onClose={close}>
        <form className={styles.form} onSubmit={onRename}>
          <ErrorNote error={rename.error} />
          <TextField label={t("conversations.newTitle")} name="title" defaultValue={title} maxLength={200} required />
          <Button kind="primary" type="submit">
            {t("save")}
          </Button>
        </form>
      </Dialog>
      <Dialog title={t("conversations.deleteTitle")} open={asking === "delete"} onClose={close}>
        <p>{t("conversations.deleteLead", { title })}</p>
        <ErrorNote error={remove.error} />
        <Button kind="danger" onClick={onDelete} disabled={remove.isPending}>
          {t("conversations.delete")}
        </Button>
      </Dialog>
    </li>
  );
}
