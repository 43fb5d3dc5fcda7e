import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNote, Waiting } from "@/components/Notes";
import { formatBytes, formatDay, formatMilliseconds, formatNumber, formatTime } from "@/lib/format";

import admin from "../Admin.module.css";
import { DayChart } from "./DayChart";
import { Health } from "./Health";
import styles from "./Overview.module.css";
import { type Overview as Numbers, useOverview } from "./queries";
import { share } from "./share";

/** How the appliance fares, in numbers. */
export function Overview() {
  const { t } = useTranslation();
  const overview = useOverview();
  return (
    <section className={admin.section} aria-label={t("admin.section.overview")}>
      <ErrorNote error={overview.error} onRetry={() => void overview.refetch()} />
      {overview.isPending ? <Waiting /> : null}
      {overview.data ? <Cards numbers={overview.data} /> : null}
      <div className={styles.panels}>
        {overview.data ? (
          <div className={styles.panel}>
            <DayChart title={t("overview.questions")} days={overview.data.answers.questions} />
          </div>
        ) : null}
        <Health />
      </div>
    </section>
  );
}

function Cards({ numbers }: { numbers: Numbers }) {
  const { t, i18n } = useTranslation();
  const { answers, library } = numbers;
  const part = (count: number) => share(count, answers.answers, i18n.language);
  const time = (ms: number | null) => (ms === null ? "–" : formatMilliseconds(ms));
  const asked = answers.questions.reduce((sum, day) => sum + day.count, 0);
  return (
    <dl className={styles.cards}>
      <Card name={t("overview.asked")} value={formatNumber(asked)}>
        {t("overview.lastDays", { count: answers.questions.length })}
      </Card>
      <Card name={t("overview.latency")} value={time(answers.total.p50)}>
        {t("overview.p95", { time: time(answers.total.p95) })}
      </Card>
      <Card name={t("overview.firstToken")} value={time(answers.first_token.p50)}>
        {t("overview.p95", { time: time(answers.first_token.p95) })}
      </Card>
      <Card name={t("overview.unanswered")} value={part(answers.unanswered)}>
        {t("overview.ofAnswers", { some: formatNumber(answers.unanswered), all: formatNumber(answers.answers) })}
      </Card>
      <Card name={t("overview.extractive")} value={part(answers.extractive)}>
        {t("overview.ofAnswers", { some: formatNumber(answers.extractive), all: formatNumber(answers.answers) })}
      </Card>
      <Card name={t("overview.helpful")} value={formatNumber(answers.helpful)}>
        {t("overview.unhelpful", { number: formatNumber(answers.unhelpful) })}
      </Card>
      <Card name={t("overview.jobs")} value={formatNumber(numbers.jobs_queued)}>
        {t("overview.jobsRunning", { number: formatNumber(numbers.jobs_running) })}
      </Card>
      <Card name={t("overview.model")} value={formatNumber(numbers.model_running)}>
        {t("overview.modelWaiting", { number: formatNumber(numbers.model_waiting) })}
      </Card>
      <Card name={t("overview.documents")} value={formatNumber(library.documents)}>
        {t("overview.chunks", { number: formatNumber(library.chunks) })}
      </Card>
      <Card name={t("overview.originals")} value={formatBytes(library.original_bytes)}>
        {t("overview.database", { size: formatBytes(numbers.database_bytes) })}
      </Card>
      <Card name={t("overview.lag")} value={formatNumber(numbers.index_lag)}>
        {t("overview.lagLead")}
      </Card>
      <Card name={t("overview.people")} value={formatNumber(numbers.people)}>
        {t("overview.active", { number: formatNumber(numbers.active_people) })}
      </Card>
      <Backups backup={numbers.backup} />
    </dl>
  );
}

function Backups({ backup }: { backup: Numbers["backup"] }) {
  const { t } = useTranslation();
  const { last_at: last, last_size: size, last_seconds: seconds, last_verified_restore_at: restored } = backup;
  const made = [
    last === null ? t("overview.noBackup") : t("overview.lastBackup", { time: formatTime(last) }),
    size === null ? null : formatBytes(size),
    seconds === null ? null : formatMilliseconds(1000 * seconds),
  ];
  return (
    <Card name={t("overview.backups")} value={formatNumber(backup.snapshots)} wide>
      {made.filter((part) => part !== null).join(" · ")}
      <br />
      {restored === null ? t("overview.neverRestored") : t("overview.restored", { day: formatDay(restored) })}
    </Card>
  );
}

interface CardProps {
  name: string;
  value: string;
  /** It has more to say than a number and a word. */
  wide?: boolean;
  children: ReactNode;
}

function Card({ name, value, wide = false, children }: CardProps) {
  return (
    <div className={wide ? `${styles.card} ${styles.wide}` : styles.card}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      <dd className={styles.more}>{children}</dd>
    </div>
  );
}
