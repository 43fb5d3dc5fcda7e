import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { submitted } from "@/lib/form";

import { useCollectionActions } from "../queries";
import styles from "./Library.module.css";

const AUDIENCES = ["shared", "everyone", "private"] as const;

/** Creates a collection and opens it. */
export function NewCollection({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { create } = useCollectionActions();
  const close = () => {
    onClose();
    create.reset();
  };
  const onSubmit = (event: SyntheticEvent<HTMLFormElement>) => {
    const value = submitted(event);
    const audience = value("audience");
    create.mutate(
      {
        name: value("name"),
        description: value("description"),
        private: audience === "private",
        open_to_everyone: audience === "everyone",
      },
      { onSuccess: ({ id }) => void navigate(`/library/${id}`) },
    );
  };
  return (
    <Dialog title={t("library.create")} open={open} onClose={close}>
      <form className={styles.form} onSubmit={onSubmit}>
        <ErrorNote error={create.error} />
        <TextField label={t("library.name")} name="name" maxLength={200} required autoComplete="off" />
        <TextField
          label={t("library.description")}
          name="description"
          maxLength={4000}
          hint={t("library.descriptionHint")}
          autoComplete="off"
        />
        <fieldset className={styles.choices}>
          <legend>{t("library.audience")}</legend>
          {AUDIENCES.map((audience) => (
            <label key={audience}>
              <input type="radio" name="audience" value={audience} defaultChecked={audience === "shared"} />
              <span>{t(`library.for.${audience}`)}</span>
              <span className={styles.hint}>{t(`library.for.${audience}Hint`)}</span>
            </label>
          ))}
        </fieldset>
        <Button kind="primary" type="submit" disabled={create.isPending}>
          {t("library.do")}
        </Button>
      </form>
    </Dialog>
  );
}
