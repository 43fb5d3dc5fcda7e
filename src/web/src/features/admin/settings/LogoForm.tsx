import { type ChangeEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";
import { Saved } from "@/components/Saved";

import admin from "../Admin.module.css";
import { useLogo } from "./queries";
import styles from "./Settings.module.css";

/** The enterprise's logo. */
export function LogoForm({ logo }: { logo: string | null }) {
  const { t } = useTranslation();
  const change = useLogo();
  const input = useRef<HTMLInputElement>(null);
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    if (file) change.mutate(file);
    event.target.value = "";
  };
  return (
    <div className={admin.form}>
      <h3>{t("settings.logo")}</h3>
      {logo ? <img src={logo} alt={t("settings.logo")} className={styles.logo} /> : null}
      <p className={admin.lead}>{t("settings.logoHint")}</p>
      <ErrorNote error={change.error} />
      <input
        ref={input}
        type="file"
        accept="image/png,image/webp"
        className="visually-hidden"
        tabIndex={-1}
        aria-label={t("settings.logo")}
        onChange={choose}
      />
      <div className={styles.buttons}>
        <Button onClick={() => input.current?.click()} disabled={change.isPending} accessibleWhenDisabled>
          {t("settings.logoChoose")}
        </Button>
        {logo ? (
          <Button kind="quiet" onClick={() => change.mutate(null)}>
            {t("settings.logoRemove")}
          </Button>
        ) : null}
        <Saved shown={change.isSuccess} />
      </div>
    </div>
  );
}
