import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import type { Schemas } from "@/client/api";
import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { Pager } from "@/components/Pager";
import { formatNumber } from "@/lib/format";

import { PASSAGES, usePassages } from "../queries";
import styles from "./DocumentView.module.css";

interface Props {
  documentId: string;
  version: Schemas["VersionBody"];
}

/** The text that was taken from a document, in the passages that are searched. */
export function Passages({ documentId, version }: Props) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const at = Number(params.get("at"));
  const page = Number.isInteger(at) && at > 0 ? at : 1;
  const { data, error, isPending, refetch } = usePassages(documentId, page);
  const turn = (to: number) => setParams({ view: "passages", at: String(to) }, { replace: true });
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Waiting />;
  if (data.total === 0) {
    const waiting = version.status === "pending" || version.status === "processing";
    return (
      <Empty title={t(waiting ? "document.notYet" : "document.noText")}>
        <p>{t(waiting ? "document.notYetHint" : "document.noTextHint")}</p>
      </Empty>
    );
  }
  return (
    <div className={styles.passages}>
      <Pager page={data} onMove={(to) => turn(to / PASSAGES + 1)} />
      <ol>
        {data.items.map((chunk) => (
          <li key={chunk.id}>
            <Passage chunk={chunk} documentId={documentId} />
          </li>
        ))}
      </ol>
      <Pager page={data} onMove={(to) => turn(to / PASSAGES + 1)} />
    </div>
  );
}

function Passage({ chunk, documentId }: { chunk: Schemas["ChunkBody"]; documentId: string }) {
  const { t } = useTranslation();
  const { page_start: first, page_end: last } = chunk;
  return (
    <article className={styles.passage}>
      <header>
        <span className={styles.number}>{formatNumber(chunk.ordinal + 1)}</span>
        <span dir="auto" className={styles.headings}>
          {chunk.heading_path.join(" › ")}
        </span>
        {first ? (
          <Link to={`/documents/${documentId}?page=${first}`}>
            {last && last > first ? t("document.onPages", { first, last }) : t("document.onPage", { page: first })}
          </Link>
        ) : null}
        <span>{t("document.tokens", { count: chunk.token_count })}</span>
      </header>
      <p dir="auto">{chunk.text}</p>
    </article>
  );
}
