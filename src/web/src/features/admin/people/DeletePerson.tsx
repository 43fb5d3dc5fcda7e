import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ErrorNote } from "@/components/Notes";

import styles from "../Admin.module.css";
import { type Named, NamePicker } from "../parts/NamePicker";
import { type Person, usePersonActions } from "./queries";

interface Props {
  person: Person;
  open: boolean;
  onClose: () => void;
}

/** Deletes a person, whose shared collections go to an heir. */
export function DeletePerson({ person, open, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("people.deleteTitle", { name: person.username })} open={open} onClose={onClose}>
      {open ? <Form person={person} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Form({ person, onClose }: Omit<Props, "open">) {
  const { t } = useTranslation();
  const { remove } = usePersonActions(person.id);
  const [heir, setHeir] = useState<Named | null>(null);
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    remove.mutate(heir?.id ?? null, { onSuccess: onClose });
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <p>{t("people.deleteLead")}</p>
      <NamePicker label={t("people.heir")} hint={t("people.heirHint")} kind="people" picked={heir} onPick={setHeir} />
      <ErrorNote error={remove.error} />
      <Button kind="danger" type="submit" disabled={remove.isPending} accessibleWhenDisabled>
        {t("people.delete")}
      </Button>
    </form>
  );
}
