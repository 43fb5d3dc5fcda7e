import { FolderInput, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";

import { useDocumentActions } from "../queries";
import { DeleteDocuments } from "./DeleteDocuments";
import styles from "./Documents.module.css";

interface Props {
  documents: Schemas["DocumentBody"][];
  onMove: () => void;
  onDone: () => void;
}

/** What can be done with the documents that were picked. */
export function SelectionBar({ documents, onMove, onDone }: Props) {
  const { t } = useTranslation();
  const { retry } = useDocumentActions();
  const [deleting, setDeleting] = useState(false);
  const failed = documents.filter(({ latest }) => latest.status === "failed").map(({ id }) => id);
  return (
    <div role="toolbar" aria-label={t("documents.picked", { count: documents.length })} className={styles.selection}>
      <span role="status">{t("documents.picked", { count: documents.length })}</span>
      {failed.length > 0 ? (
        <Button
          icon={<RotateCw size={16} aria-hidden />}
          disabled={retry.isPending}
          onClick={() => retry.mutate(failed, { onSuccess: onDone })}
        >
          {t("documents.retryFailed", { count: failed.length })}
        </Button>
      ) : null}
      <Button icon={<FolderInput size={16} aria-hidden />} onClick={onMove}>
        {t("move.menu")}
      </Button>
      <Button kind="danger" icon={<Trash2 size={16} aria-hidden />} onClick={() => setDeleting(true)}>
        {t("documents.delete")}
      </Button>
      <Button kind="quiet" onClick={onDone}>
        {t("documents.unpick")}
      </Button>
      <ErrorNote error={retry.error} />
      <DeleteDocuments documents={documents} open={deleting} onClose={() => setDeleting(false)} onDeleted={onDone} />
    </div>
  );
}
