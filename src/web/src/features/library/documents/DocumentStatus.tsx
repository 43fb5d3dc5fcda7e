import { CircleAlert, CircleCheck, Clock, LoaderCircle } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { inOneText } from "@/lib/problem";

import { shareOfJob, stageOfJob } from "../uploads/stage";
import styles from "./Documents.module.css";

interface Props {
  document: Schemas["DocumentBody"];
  job: Schemas["JobBody"] | undefined;
}

/** Whether a document can be searched; how far it is, or why it failed and what to do. */
export function DocumentStatus({ document, job }: Props) {
  const { t } = useTranslation();
  const { latest, current_version_id: current } = document;
  if (latest.status === "failed") {
    return (
      <div className={styles.failed}>
        <Line icon={<CircleAlert size={16} aria-hidden />} text={t("documents.status.failed")} />
        {latest.error ? <p className={styles.reason}>{inOneText(latest.error)}</p> : null}
        {current ? <p className={styles.reason}>{t("documents.earlierServes")}</p> : null}
      </div>
    );
  }
  if (latest.status === "pending") {
    return <Line icon={<Clock size={16} aria-hidden />} text={t("documents.status.pending")} />;
  }
  if (latest.status === "processing") {
    return (
      <div className={styles.working}>
        <Line icon={<LoaderCircle size={16} aria-hidden className={styles.turning} />} text={job ? stageOfJob(job, t) : t("documents.status.processing")} />
        {job ? <progress value={shareOfJob(job)} aria-label={t("upload.progressOf", { name: document.name })} /> : null}
      </div>
    );
  }
  return latest.searchable ? (
    <div className={styles.ready}>
      <Line icon={<CircleCheck size={16} aria-hidden />} text={t("documents.status.ready")} />
      {latest.warnings.length > 0 ? (
        <p className={styles.warned}>{t("documents.warnings", { count: latest.warnings.length })}</p>
      ) : null}
    </div>
  ) : (
    <Line icon={<LoaderCircle size={16} aria-hidden className={styles.turning} />} text={t("documents.indexing")} />
  );
}

function Line({ icon, text }: { icon: React.ReactNode; text: string }) {
  return (
    <span className={styles.line}>
      {icon}
      {text}
    </span>
  );
}
