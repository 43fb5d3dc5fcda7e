import { Pencil, Trash2 } from "lucide-react";
import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { Menu, MenuItem } from "@/components/Menu";
import { ErrorNote } from "@/components/Notes";
import { submitted } from "@/lib/form";
import { formatNumber } from "@/lib/format";

import { useCollectionActions } from "../queries";
import styles from "./CollectionView.module.css";

/** What a manager can do with a collection as a whole. */
export function CollectionMenu({ collection }: { collection: Schemas["CollectionBody"] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { update, remove } = useCollectionActions();
  const [asking, setAsking] = useState<"change" | "delete" | null>(null);
  const { id, name, description, document_count: count } = collection;
  const close = () => {
    setAsking(null);
    update.reset();
    remove.reset();
  };
  const onChange = (event: SyntheticEvent<HTMLFormElement>) => {
    const value = submitted(event);
    update.mutate({ id, name: value("name"), description: value("description") }, { onSuccess: close });
  };
  return (
    <>
      <Menu label={t("library.actions", { name })}>
        <MenuItem icon={<Pencil size={15} aria-hidden />} onClick={() => setAsking("change")}>
          {t("library.change")}
        </MenuItem>
        <MenuItem icon={<Trash2 size={15} aria-hidden />} danger onClick={() => setAsking("delete")}>
          {t("library.delete")}
        </MenuItem>
      </Menu>
      <Dialog title={t("library.change")} open={asking === "change"} onClose={close}>
        <form className={styles.form} onSubmit={onChange}>
          <ErrorNote error={update.error} />
          <TextField label={t("library.name")} name="name" defaultValue={name} maxLength={200} required />
          <TextField
            label={t("library.description")}
            name="description"
            defaultValue={description}
            maxLength={4000}
            hint={t("library.descriptionHint")}
          />
          <Button kind="primary" type="submit" disabled={update.isPending}>
            {t("save")}
          </Button>
        </form>
      </Dialog>
      <Dialog title={t("library.deleteTitle", { name })} open={asking === "delete"} onClose={close}>
        <p>{t("library.deleteLead", { count, shown: formatNumber(count) })}</p>
        <ErrorNote error={remove.error} />
        <Button
          kind="danger"
          disabled={remove.isPending}
          onClick={() => remove.mutate(id, { onSuccess: () => void navigate("/library") })}
        >
          {t("library.delete")}
        </Button>
      </Dialog>
    </>
  );
}
