import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Field, SelectField } from "@/components/Field";
import { submitted } from "@/lib/form";

import styles from "./Thread.module.css";

const REASONS = ["wrong", "incomplete", "not_in_source", "outdated", "hard_to_read", "other"] as const;

/** Why an answer did not help. */
export function FeedbackForm({ onSend }: { onSend: (reason: string, comment: string, withQuestion: boolean) => void }) {
  const { t } = useTranslation();
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    onSend(typed("reason"), typed("comment"), typed("question") === "on");
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <SelectField label={t("feedback.reason")} name="reason">
        {REASONS.map((reason) => (
          <option key={reason} value={reason}>
            {t(`feedback.${reason}`)}
          </option>
        ))}
      </SelectField>
      <Field label={t("feedback.comment")} hint={t("feedback.whoReads")}>
        {(ids) => <textarea name="comment" rows={4} maxLength={4000} className={styles.comment} {...ids} />}
      </Field>
      <label className={styles.along}>
        <input type="checkbox" name="question" />
        {t("feedback.withQuestion")}
      </label>
      <Button kind="primary" type="submit">
        {t("feedback.send")}
      </Button>
    </form>
  );
}
