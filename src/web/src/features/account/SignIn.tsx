import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { ErrorNote, Note } from "@/components/Notes";
import { useBranding } from "@/lib/branding";
import { submitted } from "@/lib/form";
import { useSession } from "@/lib/session";

import styles from "./Account.module.css";

/** The page before anyone is signed in. */
export function SignIn() {
  const { t } = useTranslation();
  const { name, logo } = useBranding();
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <p className={styles.brand}>
          {logo ? <img src={logo} alt="" /> : null}
          {name}
        </p>
        <h1>{t("signIn.title")}</h1>
        <p className={styles.lead}>{t("signIn.lead")}</p>
        <SignInForm />
      </div>
    </main>
  );
}

/** Asks for the password again, over whatever was being done. */
export function SignInAgain() {
  const { t } = useTranslation();
  const { ended, session } = useSession();
  return (
    <Dialog title={t("signIn.again")} open={ended} onClose={() => undefined} dismissable={false}>
      <p>{t("signIn.kept")}</p>
      {ended ? <SignInForm username={session?.user.username} /> : null}
    </Dialog>
  );
}

function SignInForm({ username }: { username?: string | undefined }) {
  const { t } = useTranslation();
  const { signIn } = useSession();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    setBusy(true);
    signIn(typed("username"), typed("password"))
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      {window.location.protocol === "http:" ? (
        <Note kind="warning">{t("signIn.plainHttp")}</Note>
      ) : null}
      <ErrorNote error={error} />
      <TextField
        label={t("signIn.username")}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        defaultValue={username}
        readOnly={Boolean(username)}
        required
      />
      <TextField
        label={t("signIn.password")}
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      <Button kind="primary" type="submit" disabled={busy} accessibleWhenDisabled>
        {t("signIn.do")}
      </Button>
    </form>
  );
}
