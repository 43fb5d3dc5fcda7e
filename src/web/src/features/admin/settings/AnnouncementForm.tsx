import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Field, SelectField, TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { Saved } from "@/components/Saved";
import { submitted } from "@/lib/form";

import { type RuntimeSettings, useChange } from "./queries";
import styles from "./Settings.module.css";
import { localTime } from "./time";

const SEVERITIES = ["info", "warning", "critical"] as const;
type Severity = Schemas["AnnouncementPut"]["severity"];

/** What everyone is told above every view. */
export function AnnouncementForm({ settings: { values } }: { settings: RuntimeSettings }) {
  const { t } = useTranslation();
  const change = useChange();
  const told = values.announcement;
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    const until = typed("until");
    change.mutate({
      announcement: {
        text: typed("text"),
        severity: typed("severity") as Severity,
        until: until ? new Date(until).toISOString() : null,
      },
    });
  };
  return (
    <form key={JSON.stringify(told)} className={styles.panel} onSubmit={submit}>
      <h2>{t("announcement.title")}</h2>
      <ErrorNote error={change.error} />
      <Field label={t("announcement.text")}>
        {(ids) => (
          <textarea {...ids} name="text" rows={3} maxLength={500} className={styles.text} defaultValue={told?.text} required />
        )}
      </Field>
      <SelectField label={t("announcement.severity")} name="severity" defaultValue={told?.severity}>
        {SEVERITIES.map((severity) => (
          <option key={severity} value={severity}>
            {t(`announcement.${severity}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t("announcement.until")}
        hint={t("announcement.untilHint")}
        name="until"
        type="datetime-local"
        defaultValue={told?.until ? localTime(told.until) : ""}
      />
      <div className={styles.buttons}>
        <Button kind="primary" type="submit" disabled={change.isPending} accessibleWhenDisabled>
          {t("announcement.show")}
        </Button>
        {told ? (
          <Button kind="quiet" onClick={() => change.mutate({ announcement: null })}>
            {t("announcement.end")}
          </Button>
        ) : null}
        <Saved shown={change.isSuccess} />
      </div>
    </form>
  );
}
