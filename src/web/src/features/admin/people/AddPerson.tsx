import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { Secret } from "@/components/Secret";
import { submitted } from "@/lib/form";

import styles from "../Admin.module.css";
import { ROLES, useAddPerson } from "./queries";

/** Adds a person and shows their one-time password, which is done once. */
export function AddPerson({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("people.add")} open={open} onClose={onClose}>
      {open ? <Form onClose={onClose} /> : null}
    </Dialog>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const add = useAddPerson();
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    add.mutate({ username: typed("username"), role: typed("role") as Schemas["UserCreate"]["role"] });
  };
  if (add.data?.one_time_password) {
    return (
      <div className={styles.form}>
        <Secret label={t("people.passwordOf", { name: add.data.user.username })} value={add.data.one_time_password} />
        <p>{t("people.passwordLead")}</p>
        <Button kind="primary" onClick={onClose}>
          {t("done")}
        </Button>
      </div>
    );
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <ErrorNote error={add.error} />
      <TextField
        label={t("signIn.username")}
        hint={t("people.nameHint")}
        name="username"
        maxLength={128}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <SelectField label={t("people.role")} name="role" hint={t("people.roleHint")}>
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {t(`role.${role}`)}
          </option>
        ))}
      </SelectField>
      <Button kind="primary" type="submit" disabled={add.isPending} accessibleWhenDisabled>
        {t("people.add")}
      </Button>
    </form>
  );
}
