import { AlertCircle, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "@/client/api";
import { inWords } from "@/lib/problem";

import { Button } from "./Button";
import styles from "./Notes.module.css";

/** What went wrong and what to do. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  if (!error) return null;
  const known = error instanceof ApiError;
  const { message, hint } = known ? inWords(error) : { message: t("unexpected"), hint: "" };
  return (
    <div role="alert" className={styles.error}>
      <AlertCircle size={18} aria-hidden />
      <div>
        <p>{message}</p>
        {hint ? <p className={styles.hint}>{hint}</p> : null}
        {known && error.requestId && error.status >= 500 ? (
          <p className={styles.hint}>{t("requestId", { id: error.requestId })}</p>
        ) : null}
      </div>
      {onRetry ? <Button onClick={onRetry}>{t("tryAgain")}</Button> : null}
    </div>
  );
}

/** What to do where there is nothing yet. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Something is being waited for. */
export function Waiting({ label }: { label?: string }) {
  const { t } = useTranslation();
  return (
    <p role="status" className={styles.waiting}>
      <LoaderCircle size={16} aria-hidden className={styles.turning} />
      {label ?? t("loading")}
    </p>
  );
}

/** A remark beside content. */
export function Note({ kind = "plain", children }: { kind?: "plain" | "warning"; children: ReactNode }) {
  return <div className={`${styles.note} ${styles[kind]}`}>{children}</div>;
}
