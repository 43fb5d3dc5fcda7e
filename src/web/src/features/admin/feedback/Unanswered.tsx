import { useTranslation } from "react-i18next";

import { ErrorNote, Waiting } from "@/components/Notes";
import { formatNumber } from "@/lib/format";

import admin from "../Admin.module.css";
import styles from "./Feedback.module.css";
import { useUnanswered } from "./queries";

/** How many questions found nothing and in what; their words stay their askers'. */
export function Unanswered() {
  const { t } = useTranslation();
  const found = useUnanswered();
  const all = found.data?.days.reduce((sum, day) => sum + day.count, 0) ?? 0;
  return (
    <section className={styles.unanswered}>
      <h2>{t("unanswered.title")}</h2>
      <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending ? <Waiting /> : null}
      {found.data ? (
        <p className={admin.lead}>{t("unanswered.lead", { count: all, days: found.data.days.length })}</p>
      ) : null}
      {found.data && all > 0 ? (
        <ul className={styles.scopes}>
          {found.data.scopes.map((scope) => (
            <li key={scope.id ?? scope.kind}>
              <span dir="auto">{scope.name ?? t(`unanswered.${scope.kind}`)}</span>
              <meter min={0} max={all} value={scope.count} aria-hidden="true" />
              <span className={styles.count}>{formatNumber(scope.count)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
