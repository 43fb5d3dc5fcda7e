import { Pencil, Trash2, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Confirm } from "@/components/Confirm";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { Menu, MenuItem } from "@/components/Menu";
import { ErrorNote } from "@/components/Notes";
import { submitted } from "@/lib/form";

import styles from "../Admin.module.css";
import { Members } from "./Members";
import { type Group, useGroupActions } from "./queries";

/** What can be done with one group. */
export function GroupMenu({ group }: { group: Group }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"members" | "rename" | "delete" | null>(null);
  const { rename, remove } = useGroupActions();
  const { id, name } = group;
  const close = () => {
    setAsking(null);
    rename.reset();
    remove.reset();
  };
  return (
    <>
      <Menu label={t("groups.actions", { name })}>
        <MenuItem icon={<Users size={15} aria-hidden />} onClick={() => setAsking("members")}>
          {t("groups.editMembers")}
        </MenuItem>
        <MenuItem icon={<Pencil size={15} aria-hidden />} onClick={() => setAsking("rename")}>
          {t("groups.rename")}
        </MenuItem>
        <MenuItem icon={<Trash2 size={15} aria-hidden />} danger onClick={() => setAsking("delete")}>
          {t("groups.delete")}
        </MenuItem>
      </Menu>
      <Dialog title={t("groups.membersOf", { name })} open={asking === "members"} onClose={close}>
        {asking === "members" ? <Members groupId={id} /> : null}
      </Dialog>
      <NameGroup
        title={t("groups.rename")}
        name={name}
        open={asking === "rename"}
        error={rename.error}
        onClose={close}
        onName={(next) => rename.mutate({ id, name: next }, { onSuccess: close })}
      />
      <Confirm
        title={t("groups.deleteTitle", { name })}
        action={t("groups.delete")}
        open={asking === "delete"}
        busy={remove.isPending}
        error={remove.error}
        onClose={close}
        onConfirm={() => remove.mutate(id, { onSuccess: close })}
      >
        <p>{t("groups.deleteLead")}</p>
      </Confirm>
    </>
  );
}

interface NameProps {
  title: string;
  name?: string;
  open: boolean;
  error: unknown;
  onName: (name: string) => void;
  onClose: () => void;
}

/** Asks for a group's name. */
export function NameGroup({ title, name, open, error, onName, onClose }: NameProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      <form className={styles.form} onSubmit={(event) => onName(submitted(event)("name"))}>
        <ErrorNote error={error} />
        <TextField label={t("groups.name")} hint={t("groups.nameHint")} name="name" defaultValue={name} maxLength={128} required />
        <Button kind="primary" type="submit">
          {t("save")}
        </Button>
      </form>
    </Dialog>
  );
}
