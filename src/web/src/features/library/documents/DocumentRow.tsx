import { Download, FolderInput, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "@/client/api";
import { OriginalLink } from "@/components/evidence/OriginalLink";
import { Menu, MenuItem } from "@/components/Menu";
import { formatBytes, formatDay, formatNumber, formatTime } from "@/lib/format";

import { useDocumentActions } from "../queries";
import { DeleteDocuments } from "./DeleteDocuments";
import { DocumentStatus } from "./DocumentStatus";
import styles from "./Documents.module.css";

interface Props {
  document: Schemas["DocumentBody"];
  job: Schemas["JobBody"] | undefined;
  mayChange: boolean;
  picked: boolean;
  onPick: (wanted: boolean) => void;
  onMove: () => void;
}

/** A document in the table. */
export function DocumentRow({ document, job, mayChange, picked, onPick, onMove }: Props) {
  const { t } = useTranslation();
  const { id, name, latest } = document;
  const { retry } = useDocumentActions();
  const [deleting, setDeleting] = useState(false);
  const cut = name.lastIndexOf("/") + 1;
  const who = document.created_by_name ?? "–";
  const count = (value: number) => (value > 0 ? formatNumber(value) : "–");
  return (
    <tr className={styles.row} data-picked={picked || undefined}>
      <td className={styles.pick}>
        <label>
          <input
            type="checkbox"
            aria-label={t("documents.pick", { name })}
            checked={picked && mayChange}
            disabled={!mayChange}
            onChange={(event) => onPick(event.target.checked)}
          />
        </label>
      </td>
      <th scope="row" className={styles.name} dir="auto">
        {cut > 0 ? <span className={styles.folder}>{name.slice(0, cut)}</span> : null}
        <Link to={`/documents/${id}`}>{name.slice(cut)}</Link>
        {latest.title ? <span className={styles.title}>{latest.title}</span> : null}
        <span className={styles.meta}>
          {[formatBytes(latest.size_bytes), who, formatDay(document.created_at)].join(" · ")}
        </span>
      </th>
      <td className={styles.status}>
        <DocumentStatus document={document} job={job} />
      </td>
      <td className={`${styles.pages} ${styles.number}`}>{count(latest.page_count)}</td>
      <td className={`${styles.passages} ${styles.number}`}>{count(latest.chunk_count)}</td>
      <td className={`${styles.size} ${styles.number}`}>{formatBytes(latest.size_bytes)}</td>
      <td className={styles.who}>{who}</td>
      <td className={styles.when}>
        <time dateTime={document.created_at}>{formatTime(document.created_at)}</time>
      </td>
      <td className={styles.actions}>
        <Menu label={t("documents.actions", { name })}>
          <MenuItem icon={<Download size={15} aria-hidden />} render={<OriginalLink documentId={id} />}>
            {t("evidence.original")}
          </MenuItem>
          {mayChange && latest.status === "failed" ? (
            <MenuItem icon={<RotateCw size={15} aria-hidden />} onClick={() => retry.mutate([id])}>
              {t("tryAgain")}
            </MenuItem>
          ) : null}
          {mayChange ? (
            <MenuItem icon={<FolderInput size={15} aria-hidden />} onClick={onMove}>
              {t("move.menu")}
            </MenuItem>
          ) : null}
          {mayChange ? (
            <MenuItem icon={<Trash2 size={15} aria-hidden />} danger onClick={() => setDeleting(true)}>
              {t("documents.delete")}
            </MenuItem>
          ) : null}
        </Menu>
        <DeleteDocuments documents={[document]} open={deleting} onClose={() => setDeleting(false)} />
      </td>
    </tr>
  );
}
