import { useTranslation } from "react-i18next";

import { Badge } from "@/components/Badge";
import { ErrorNote, Waiting } from "@/components/Notes";
import { formatMilliseconds, formatTime } from "@/lib/format";

import admin from "../Admin.module.css";
import styles from "./Overview.module.css";
import { useHealth } from "./queries";

const KINDS = { healthy: "good", degraded: "warning", unhealthy: "bad" } as const;

/** Whether each part works, a few seconds old at most. */
export function Health() {
  const { t } = useTranslation();
  const health = useHealth();
  return (
    <section className={styles.panel}>
      <div className={admin.tools}>
        <h2>{t("health.title")}</h2>
        {health.data ? (
          <Badge kind={KINDS[health.data.status]}>{t(`health.status.${health.data.status}`)}</Badge>
        ) : null}
      </div>
      <ErrorNote error={health.error} onRetry={() => void health.refetch()} />
      {health.isPending ? <Waiting /> : null}
      <ul className={styles.parts}>
        {Object.entries(health.data?.checks ?? {}).map(([name, check]) => (
          <li key={name}>
            <span>{t(`health.part.${name}`, { defaultValue: name })}</span>
            <span className={styles.time}>{formatMilliseconds(check.response_time_ms)}</span>
            <Badge kind={KINDS[check.status]}>{t(`health.check.${check.status}`)}</Badge>
            {check.message ? <p>{check.message}</p> : null}
          </li>
        ))}
      </ul>
      {health.data ? (
        <p className={admin.lead}>{t("health.asOf", { time: formatTime(health.data.timestamp) })}</p>
      ) : null}
    </section>
  );
}
