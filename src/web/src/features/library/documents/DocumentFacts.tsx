import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { OriginalLink } from "@/components/evidence/OriginalLink";
import { formatBytes, formatDay, formatNumber, formatTime } from "@/lib/format";

import { useRunningJobs } from "../queries";
import { DocumentStatus } from "./DocumentStatus";
import styles from "./DocumentView.module.css";
import { typeName } from "./types";

interface Props {
  document: Schemas["DocumentDetail"];
  shown: Schemas["VersionBody"];
}

/** What is known about a document, and its earlier versions. */
export function DocumentFacts({ document, shown }: Props) {
  const { t } = useTranslation();
  const { latest } = document;
  const working = latest.status === "pending" || latest.status === "processing";
  const running = useRunningJobs(document.collection_id, working);
  const facts: [string, string | null][] = [
    [t("document.titleOf"), shown.title],
    [t("document.author"), shown.author],
    [t("document.date"), shown.document_date ? formatDay(shown.document_date) : null],
    [t("documents.type"), typeName(shown.media_type)],
    [t("documents.column.size"), formatBytes(shown.size_bytes)],
    [t("documents.column.pages"), shown.page_count ? formatNumber(shown.page_count) : null],
    [t("documents.column.passages"), shown.chunk_count ? formatNumber(shown.chunk_count) : null],
    [t("documents.column.who"), document.created_by_name],
    [t("documents.column.when"), formatTime(document.created_at)],
    [t("document.changed"), document.versions.length > 1 ? formatTime(latest.created_at) : null],
  ];
  return (
    <aside className={styles.facts} aria-label={t("document.facts")}>
      <div className={styles.status}>
        <DocumentStatus document={document} job={running.data?.get(document.id)} />
      </div>
      <dl>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
      </dl>
      {document.versions.length > 1 ? <Versions document={document} /> : null}
    </aside>
  );
}

function Versions({ document }: Pick<Props, "document">) {
  const { t } = useTranslation();
  return (
    <section>
      <h2>{t("document.versions")}</h2>
      <ul className={styles.versions}>
        {document.versions.map((version) => (
          <li key={version.id}>
            <OriginalLink documentId={document.id} versionId={version.id}>
              {t("document.version", { number: version.number })}
            </OriginalLink>
            <span>
              {t(version.id === document.current_version_id ? "document.current" : `documents.status.${version.status}`)}
            </span>
            <span>{formatTime(version.created_at)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
