import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { ErrorNote } from "@/components/Notes";

import { useDocumentActions } from "../queries";

interface Props {
  documents: Pick<Schemas["DocumentBody"], "id" | "name">[];
  open: boolean;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Asks before documents are gone for good. */
export function DeleteDocuments({ documents, open, onClose, onDeleted }: Props) {
  const { t } = useTranslation();
  const { remove } = useDocumentActions();
  const count = documents.length;
  const close = () => {
    onClose();
    remove.reset();
  };
  const doDelete = () =>
    remove.mutate(
      documents.map(({ id }) => id),
      {
        onSuccess: () => {
          onClose();
          onDeleted?.();
        },
      },
    );
  return (
    <Dialog title={t("documents.deleteTitle", { count })} open={open} onClose={close}>
      <p>{t("documents.deleteLead", { count, name: documents[0]?.name })}</p>
      <ErrorNote error={remove.error} />
      <Button kind="danger" onClick={doDelete} disabled={remove.isPending}>
        {t(remove.isPending ? "documents.deleting" : "documents.delete")}
      </Button>
    </Dialog>
  );
}
