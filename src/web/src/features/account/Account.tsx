import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { SelectField } from "@/components/Field";
import { Note } from "@/components/Notes";
import { chooseLanguage, languages } from "@/lib/i18n";
import { useSession, useUser } from "@/lib/session";
import { chooseTheme, storedTheme, type Theme } from "@/lib/theme";

import styles from "./Account.module.css";
import { ChangePasswordForm } from "./ChangePassword";
import { Keys } from "./Keys";

const THEMES: Theme[] = ["system", "light", "dark"];

/** One's own settings: language, look, password, sign-ins. */
export function Account() {
  const { t, i18n } = useTranslation();
  const user = useUser();
  const { signOut } = useSession();
  const [changed, setChanged] = useState(false);
  const names = (code: string) => new Intl.DisplayNames([code], { type: "language" }).of(code);
  return (
    <main className={styles.account}>
      <h1>{t("account.title")}</h1>
      <p className={styles.lead}>
        {t("account.signedInAs", { name: user.username, role: t(`role.${user.role}`) })}
      </p>
      <section className={styles.form}>
        <h2>{t("account.look")}</h2>
        <SelectField
          label={t("account.language")}
          value={i18n.language}
          onChange={(event) => void chooseLanguage(event.target.value)}
        >
          {languages.map((code) => (
            <option key={code} value={code}>
              {names(code)}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t("account.theme")}
          defaultValue={storedTheme()}
          onChange={(event) => chooseTheme(event.target.value as Theme)}
        >
          {THEMES.map((theme) => (
            <option key={theme} value={theme}>
              {t(`theme.${theme}`)}
            </option>
          ))}
        </SelectField>
      </section>
      <section className={styles.form}>
        <h2>{t("password.change")}</h2>
        {changed ? <Note>{t("password.changed")}</Note> : null}
        <ChangePasswordForm onChanged={() => setChanged(true)} />
      </section>
      {user.role === "auditor" ? null : <Keys />}
      <section className={styles.form}>
        <h2>{t("account.sessions")}</h2>
        <p>{t("account.everywhereLead")}</p>
        <Button kind="danger" onClick={() => void signOut(true)}>
          {t("account.everywhere")}
        </Button>
      </section>
    </main>
  );
}
