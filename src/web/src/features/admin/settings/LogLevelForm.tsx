import { useTranslation } from "react-i18next";

import { SelectField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { Saved } from "@/components/Saved";

import { type RuntimeSettings, useChange } from "./queries";
import styles from "./Settings.module.css";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const;

/** How much every part tells its log, from the choice on. */
export function LogLevelForm({ settings: { values, defaults } }: { settings: RuntimeSettings }) {
  const { t } = useTranslation();
  const change = useChange();
  const choose = (level: string) => {
    const found = LEVELS.find((one) => one === level);
    if (found) change.mutate({ log_level: found === defaults.log_level ? null : found });
  };
  return (
    <div className={styles.panel}>
      <h2>{t("settings.log")}</h2>
      <ErrorNote error={change.error} />
      <SelectField
        label={t("settings.logLevel")}
        hint={`${t("settings.logHint")} ${t("settings.default", { value: defaults.log_level })}.`}
        value={values.log_level}
        onChange={(event) => choose(event.target.value)}
        disabled={change.isPending}
      >
        {LEVELS.map((level) => (
          <option key={level}>{level}</option>
        ))}
      </SelectField>
      <Saved shown={change.isSuccess} />
    </div>
  );
}
