import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "@/client/api";

import styles from "./Search.module.css";
import { piecesOf, reasonOf } from "./why";

interface Props {
  passage: Schemas["PassageBody"];
  query: string;
  /** The best score by words in the list. */
  bestLexical: number;
  shown: boolean;
  onOpen: () => void;
}

/** A passage that was found, with the words asked for and the reason. */
export function Result({ passage, query, bestLexical, shown, onOpen }: Props) {
  const { t } = useTranslation();
  const place = passage.page_start ? t("answer.page", { page: passage.page_start }) : null;
  return (
    <article className={styles.result} data-shown={shown || undefined}>
      <header>
        <button type="button" aria-expanded={shown} onClick={onOpen} dir="auto">
          {passage.document_name}
        </button>
        <Link to={`/documents/${passage.document_id}${passage.page_start ? `?page=${passage.page_start}` : ""}`}>
          {t("search.open")}
        </Link>
        <span className={styles.place} dir="auto">
          {[place, ...passage.heading_path].filter(Boolean).join(" · ")}
        </span>
      </header>
      <p dir="auto" className={styles.text}>
        {piecesOf(passage.text.replace(/\n{2,}/g, "\n"), query).map((piece, index) =>
          piece.asked ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
        )}
      </p>
      <footer>
        <span className={styles.why}>{t(`search.why.${reasonOf(passage)}`)}</span>
        <dl className={styles.scores}>
          <Score name={t("search.score.meaning")} value={passage.dense_score} of={1} />
          <Score name={t("search.score.words")} value={passage.lexical_score} of={bestLexical} />
          <Score name={t("search.score.fused")} value={passage.score} of={1} />
        </dl>
      </footer>
    </article>
  );
}

function Score({ name, value, of }: { name: string; value: number | null; of: number }) {
  const { t } = useTranslation();
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value === null ? (
          t("search.score.none")
        ) : (
          <>
            <meter min={0} max={of || 1} value={Math.max(0, value)} aria-label={name} />
            <span>{value.toFixed(2)}</span>
          </>
        )}
      </dd>
    </div>
  );
}
