import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { ErrorNote, Note } from "@/components/Notes";
import { Secret } from "@/components/Secret";
import { submitted } from "@/lib/form";

import styles from "./Keys.module.css";
import { useApiKeyActions } from "./queries";

const SCOPES = ["read", "ask", "write"] as const;
const DAYS = 90;
const MAX_DAYS = 366;

interface Props {
  open: boolean;
  onClose: () => void;
  /** For whom; one's own without it. */
  account?: { id: string; username: string } | undefined;
}

/** Makes a key and shows it, which is done once. */
export function NewKey({ open, onClose, account }: Props) {
  const { t } = useTranslation();
  const title = account ? t("keys.newFor", { name: account.username }) : t("keys.new");
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      {open ? <Form accountId={account?.id} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Form({ accountId, onClose }: { accountId: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { create } = useApiKeyActions();
  const [missing, setMissing] = useState(false);
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    const scopes = SCOPES.filter((scope) => typed(scope) === "on");
    setMissing(scopes.length === 0);
    if (scopes.length === 0) return;
    create.mutate({
      name: typed("name"),
      scopes,
      expires_in_days: Number(typed("days")),
      service_account_id: accountId ?? null,
    });
  };
  if (create.data) {
    return (
      <div className={styles.form}>
        <Secret label={create.data.api_key.name} value={create.data.key} />
        <Button kind="primary" onClick={onClose}>
          {t("done")}
        </Button>
      </div>
    );
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <ErrorNote error={create.error} />
      <TextField label={t("keys.name")} hint={t("keys.nameHint")} name="name" maxLength={128} required />
      <fieldset className={styles.scopes}>
        <legend>{t("keys.scopes")}</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input type="checkbox" name={scope} defaultChecked={scope === "read"} />
            {t(`scope.${scope}Long`)}
          </label>
        ))}
        {missing ? <Note kind="warning">{t("keys.scopeMissing")}</Note> : null}
      </fieldset>
      <TextField label={t("keys.days")} name="days" type="number" min={1} max={MAX_DAYS} defaultValue={DAYS} required />
      <Button kind="primary" type="submit" disabled={create.isPending} accessibleWhenDisabled>
        {t("keys.new")}
      </Button>
    </form>
  );
}
