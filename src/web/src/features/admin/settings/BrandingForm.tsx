import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Field, TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { Saved } from "@/components/Saved";
import { submitted } from "@/lib/form";

import admin from "../Admin.module.css";
import { type RuntimeSettings, useChange } from "./queries";
import styles from "./Settings.module.css";

/** The enterprise's name and accent; the accent is shown while it is chosen. */
export function BrandingForm({ settings: { values } }: { settings: RuntimeSettings }) {
  const { t } = useTranslation();
  const change = useChange();
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    change.mutate({ enterprise_name: typed("name"), accent_hue: Number(typed("hue")) });
  };
  return (
    <form className={admin.form} onSubmit={submit}>
      <h2>{t("settings.branding")}</h2>
      <ErrorNote error={change.error} />
      <TextField
        label={t("settings.name")}
        hint={t("settings.nameHint")}
        name="name"
        maxLength={80}
        defaultValue={values.enterprise_name}
      />
      <Field label={t("settings.hue")} hint={t("settings.hueHint")}>
        {(ids) => (
          <div className={styles.hue}>
            <input
              {...ids}
              type="range"
              name="hue"
              min={0}
              max={359}
              defaultValue={values.accent_hue}
              onChange={(event) => document.documentElement.style.setProperty("--hue", event.target.value)}
            />
            <span className={styles.swatch} aria-hidden />
          </div>
        )}
      </Field>
      <div className={styles.buttons}>
        <Button kind="primary" type="submit" disabled={change.isPending} accessibleWhenDisabled>
          {t("save")}
        </Button>
        <Saved shown={change.isSuccess} />
      </div>
    </form>
  );
}
