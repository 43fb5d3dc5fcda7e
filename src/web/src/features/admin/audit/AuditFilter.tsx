import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";

import styles from "./Audit.module.css";
import type { Filter } from "./filter";

interface Props {
  filter: Filter;
  onFilter: (event: SyntheticEvent<HTMLFormElement>) => void;
  onClear: () => void;
}

/** Narrows the log by person, event, target, outcome and days. */
export function AuditFilter({ filter, onFilter, onClear }: Props) {
  const { t } = useTranslation();
  const words = { maxLength: 128, spellCheck: false, autoComplete: "off" };
  return (
    <form className={styles.filter} onSubmit={onFilter}>
      <TextField label={t("audit.actor")} name="actor" defaultValue={filter.actor} {...words} />
      <TextField
        label={t("audit.event")}
        name="event"
        placeholder="session:login"
        defaultValue={filter.event}
        {...words}
      />
      <TextField label={t("audit.target")} name="target" defaultValue={filter.target} {...words} />
      <SelectField label={t("audit.outcome")} name="outcome" defaultValue={filter.outcome}>
        <option value="">{t("audit.any")}</option>
        <option value="success">{t("audit.success")}</option>
        <option value="failure">{t("audit.failure")}</option>
      </SelectField>
      <TextField label={t("audit.since")} name="since" type="date" defaultValue={filter.since} />
      <TextField label={t("audit.until")} name="until" type="date" defaultValue={filter.until} />
      <div className={styles.buttons}>
        <Button kind="primary" type="submit">
          {t("audit.filter")}
        </Button>
        <Button kind="quiet" onClick={onClear}>
          {t("audit.clear")}
        </Button>
      </div>
    </form>
  );
}
