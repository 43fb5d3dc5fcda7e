import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "@/client/api";
import { Button } from "@/components/Button";
import { TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { submitted } from "@/lib/form";
import { useSession } from "@/lib/session";

import styles from "./Account.module.css";

/** What someone with a one-time password sees until it is changed. */
export function FirstPassword() {
  const { t } = useTranslation();
  const { signOut } = useSession();
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1>{t("password.first")}</h1>
        <p className={styles.lead}>{t("password.firstLead")}</p>
        <ChangePasswordForm currentLabel={t("password.oneTime")} />
        <Button kind="quiet" onClick={() => void signOut()}>
          {t("signOut")}
        </Button>
      </div>
    </main>
  );
}

interface Props {
  currentLabel?: string;
  onChanged?: () => void;
}

/** Changes one's own password; the server judges the new one. */
export function ChangePasswordForm({ currentLabel, onChanged }: Props) {
  const { t } = useTranslation();
  const { replace } = useSession();
  const [error, setError] = useState<unknown>(null);
  const [differs, setDiffers] = useState(false);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    const form = event.currentTarget;
    const typed = submitted(event);
    const differing = typed("new") !== typed("repeated");
    setDiffers(differing);
    if (differing) return;
    setBusy(true);
    setError(null);
    try {
      const change = { current_password: typed("current"), new_password: typed("new") };
      replace(body(await api.PUT("/api/v1/auth/session/password", { body: change })));
      form.reset();
      onChanged?.();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)}>
      <ErrorNote error={error} />
      <TextField
        label={currentLabel ?? t("password.current")}
        name="current"
        type="password"
        autoComplete="current-password"
        required
      />
      <TextField
        label={t("password.new")}
        hint={t("password.rule")}
        name="new"
        type="password"
        autoComplete="new-password"
        minLength={12}
        required
      />
      <TextField
        label={t("password.repeat")}
        error={differs ? t("password.differs") : undefined}
        name="repeated"
        type="password"
        autoComplete="new-password"
        required
      />
      <Button kind="primary" type="submit" disabled={busy} accessibleWhenDisabled>
        {t("password.change")}
      </Button>
    </form>
  );
}
