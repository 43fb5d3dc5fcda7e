import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { SelectField } from "@/components/Field";
import { ErrorNote, Note, Waiting } from "@/components/Notes";
import { submitted } from "@/lib/form";

import { type Outcome, useCollections, useMove } from "../queries";
import styles from "./MoveDocuments.module.css";

type Document = Pick<Schemas["DocumentBody"], "id" | "name" | "collection_id">;

interface Props {
  /** What to move; nothing keeps the window shut. */
  documents: Document[];
  onClose: () => void;
}

/** Moves documents into another collection, and says of each that stayed why it did. */
export function MoveDocuments({ documents, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("move.title", { count: documents.length })} open={documents.length > 0} onClose={onClose}>
      {documents.length > 0 ? <Move documents={documents} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Move({ documents, onClose }: Props) {
  const { t } = useTranslation();
  const [outcomes, setOutcomes] = useState<Outcome[]>([]);
  const move = useMove((outcome) => setOutcomes((before) => [...before, outcome]));
  const collections = useCollections();
  // Where they were: a view of one learns at once where it is.
  const [from] = useState(documents[0]?.collection_id);
  const open = collections.data?.filter(({ id, level }) => level !== "reader" && id !== from) ?? [];
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const to = submitted(event)("to");
    if (to) move.mutate({ documents, to });
  };
  const target = collections.data?.find(({ id }) => id === move.variables?.to);
  if (move.isSuccess && target) return <Result outcomes={outcomes} target={target} onClose={onClose} />;
  return (
    <form className={styles.form} onSubmit={submit}>
      {documents.length === 1 ? (
        <p dir="auto" className={styles.name}>
          {documents[0]?.name}
        </p>
      ) : null}
      <p>{t("move.lead")}</p>
      <ErrorNote error={collections.error} onRetry={() => void collections.refetch()} />
      {collections.isPending ? <Waiting /> : null}
      {collections.isSuccess && open.length === 0 ? <Note>{t("move.nowhere")}</Note> : null}
      {open.length > 0 ? (
        <SelectField label={t("move.to")} name="to" disabled={move.isPending} required defaultValue="">
          <option value="" disabled>
            {t("move.choose")}
          </option>
          {open.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      ) : null}
      {move.isPending ? (
        <div role="status" className={styles.progress}>
          <p>{t("move.progress", { done: outcomes.length, count: documents.length })}</p>
          <progress value={outcomes.length / documents.length} aria-label={t("move.title", { count: documents.length })} />
        </div>
      ) : null}
      {open.length > 0 ? (
        <Button kind="primary" type="submit" disabled={move.isPending} accessibleWhenDisabled>
          {t("move.do")}
        </Button>
      ) : null}
    </form>
  );
}

interface ResultProps {
  outcomes: Outcome[];
  target: Schemas["CollectionBody"];
  onClose: () => void;
}

function Result({ outcomes, target, onClose }: ResultProps) {
  const { t } = useTranslation();
  const refused = outcomes.filter(({ error }) => error !== null);
  const count = outcomes.length - refused.length;
  return (
    <div className={styles.form}>
      {count > 0 ? (
        <p role="status">
          {t("move.done", { count })} <Link to={`/library/${target.id}`}>{target.name}</Link>
        </p>
      ) : null}
      {refused.length > 0 ? (
        <>
          <p>{t("move.refused", { count: refused.length })}</p>
          <ul className={styles.refused} aria-label={t("move.refused", { count: refused.length })}>
            {refused.map(({ document, error }) => (
              <li key={document.id}>
                <span dir="auto" className={styles.name}>
                  {document.name}
                </span>
                <ErrorNote error={error} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <Button kind="primary" onClick={onClose}>
        {t("done")}
      </Button>
    </div>
  );
}
