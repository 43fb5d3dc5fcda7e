import { Check, CircleAlert, CircleSlash, RotateCw, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { IconButton } from "@/components/Button";
import { formatBytes } from "@/lib/format";
import { inOneText } from "@/lib/problem";

import { canRetry, isSettled, type Upload } from "./queue";
import { shareOf, stageOf } from "./stage";
import styles from "./Uploads.module.css";
import { uploads } from "./useUploads";

/** One file: how far it is, and what went wrong. */
export function UploadRow({ upload }: { upload: Upload }) {
  const { t } = useTranslation();
  const { id, name, phase, documentId, problem } = upload;
  const again = canRetry(upload);
  return (
    <li className={styles.item}>
      <div className={styles.line}>
        <Sign phase={phase} />
        <span className={styles.name} dir="auto" title={name}>
          {documentId ? <Link to={`/documents/${documentId}`}>{name}</Link> : name}
        </span>
        <span className={styles.size}>{formatBytes(upload.size)}</span>
        {again ? (
          <IconButton label={t("upload.retry", { name })} onClick={() => void uploads.retry(id)}>
            <RotateCw size={16} aria-hidden />
          </IconButton>
        ) : null}
        {isSettled(upload) ? null : (
          <IconButton label={t("upload.cancel", { name })} onClick={() => void uploads.cancel(id)}>
            <X size={16} aria-hidden />
          </IconButton>
        )}
      </div>
      {isSettled(upload) ? null : (
        <progress className={styles.bar} value={shareOf(upload)} aria-label={t("upload.progressOf", { name })} />
      )}
      {phase === "failed" ? (
        <p className={styles.problem} role="alert">
          {problem ? inOneText(problem) : t("unexpected")}
        </p>
      ) : (
        <p className={styles.stage}>{stageOf(upload, t)}</p>
      )}
    </li>
  );
}

function Sign({ phase }: Pick<Upload, "phase">) {
  if (phase === "done" || phase === "unchanged") return <Check size={16} aria-hidden className={styles.done} />;
  if (phase === "failed") return <CircleAlert size={16} aria-hidden className={styles.failed} />;
  if (phase === "unsent") return <CircleAlert size={16} aria-hidden className={styles.failed} />;
  if (phase === "cancelled") return <CircleSlash size={16} aria-hidden className={styles.stage} />;
  return null;
}
