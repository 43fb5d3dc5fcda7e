import { ThumbsDown, ThumbsUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { Badge } from "@/components/Badge";
import { SelectField } from "@/components/Field";
import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { Pager } from "@/components/Pager";
import { formatTime } from "@/lib/format";

import admin from "../Admin.module.css";
import { PAGE } from "../parts/useListing";
import styles from "./Feedback.module.css";
import { type Rating, useVerdicts, type Verdict } from "./queries";
import { Unanswered } from "./Unanswered";

const RATINGS: Record<string, Rating> = { bad: -1, good: 1 };

/** What people say of answers, as far as they meant administrators to know, and what found nothing. */
export function Feedback() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const chosen = params.get("rating") ?? "";
  const offset = Math.max(0, Math.trunc(Number(params.get("from"))) || 0);
  const found = useVerdicts({ rating: RATINGS[chosen] ?? null, offset, limit: PAGE });
  const change = (rating: string, from = 0) =>
    setParams({ ...(rating && { rating }), ...(from > 0 && { from: String(from) }) }, { replace: true });
  return (
    <section className={admin.section} aria-label={t("admin.section.feedback")}>
      <Unanswered />
      <div className={admin.tools}>
        <h2>{t("review.title")}</h2>
        <SelectField label={t("review.rating")} value={chosen} onChange={(event) => change(event.target.value)}>
          <option value="">{t("review.both")}</option>
          <option value="bad">{t("answer.bad")}</option>
          <option value="good">{t("answer.good")}</option>
        </SelectField>
      </div>
      <p className={admin.lead}>{t("review.lead")}</p>
      <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending ? <Waiting /> : null}
      {found.data?.items.length === 0 ? <Empty title={t("review.none")} /> : null}
      <ul className={styles.verdicts}>
        {found.data?.items.map((verdict) => (
          <Item key={verdict.id} verdict={verdict} />
        ))}
      </ul>
      {found.data ? <Pager page={found.data} onMove={(to) => change(chosen, to)} /> : null}
    </section>
  );
}

function Item({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation();
  const good = verdict.rating === 1;
  const Thumb = good ? ThumbsUp : ThumbsDown;
  return (
    <li className={styles.verdict}>
      <header>
        <Thumb size={16} aria-hidden />
        <strong>{good ? t("answer.good") : t(`feedback.${verdict.reason}`, { defaultValue: t("answer.bad") })}</strong>
        {verdict.mode === "generated" || !verdict.mode ? null : <Badge>{t(`review.mode.${verdict.mode}`)}</Badge>}
        <time dateTime={verdict.created_at}>{formatTime(verdict.created_at)}</time>
      </header>
      {verdict.question ? (
        <blockquote dir="auto" aria-label={t("review.question")}>
          {verdict.question}
        </blockquote>
      ) : null}
      {verdict.comment ? <p dir="auto">{verdict.comment}</p> : null}
      {verdict.citations.length > 0 ? (
        <p className={styles.cited}>
          {t("review.cited")}{" "}
          {verdict.citations
            .map((cited) => cited.document_name + (cited.page ? `, ${t("answer.page", { page: cited.page })}` : ""))
            .join(" · ")}
        </p>
      ) : null}
    </li>
  );
}
