import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import type { Schemas } from "@/client/api";
import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { Pager } from "@/components/Pager";
import { useUser } from "@/lib/session";

import { isOnItsWay, useDocuments, useRunningJobs } from "../queries";
import { ColumnHeads } from "./ColumnHeads";
import { DocumentFilters } from "./DocumentFilters";
import { DocumentRow } from "./DocumentRow";
import styles from "./Documents.module.css";
import { ON_A_PAGE, readListing, writeListing, type Listing } from "./listing";
import { MoveDocuments } from "./MoveDocuments";
import { SelectionBar } from "./SelectionBar";

interface Props {
  collection: Schemas["CollectionBody"];
  /** In place of the table of a collection that holds nothing. */
  empty: ReactNode;
}

/** A collection's documents, and the window for those that are moved: it outlives their rows. */
export function DocumentTable(props: Props) {
  const [moving, setMoving] = useState<Schemas["DocumentBody"][]>([]);
  return (
    <>
      <Documents {...props} onMove={setMoving} />
      <MoveDocuments documents={moving} onClose={() => setMoving([])} />
    </>
  );
}

interface DocumentsProps extends Props {
  onMove: (documents: Schemas["DocumentBody"][]) => void;
}

/** Filtered, sorted and paged by the server. */
function Documents({ collection, empty, onMove }: DocumentsProps) {
  const { t } = useTranslation();
  const user = useUser();
  const [params, setParams] = useSearchParams();
  const listing = readListing(params);
  const found = useDocuments(collection.id, listing);
  const items = found.data?.items ?? [];
  const running = useRunningJobs(collection.id, items.some(isOnItsWay));
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const show = (change: Partial<Listing>) => {
    setPicked(new Set());
    setParams(writeListing(listing, change), { replace: true });
  };
  const mayChange = (document: Schemas["DocumentBody"]) =>
    collection.level === "manager" || (collection.level === "contributor" && document.created_by === user.id);
  const changeable = items.filter(mayChange);
  const chosen = changeable.filter((document) => picked.has(document.id));
  const pick = (ids: string[], wanted: boolean) => {
    const next = new Set(picked);
    for (const id of ids) {
      if (wanted) next.add(id);
      else next.delete(id);
    }
    setPicked(next);
  };
  const bounded = Boolean(listing.text || listing.status || listing.type);
  if (found.data?.total === 0 && !bounded) return empty;
  return (
    <section className={styles.documents} aria-label={t("documents.title")}>
      <DocumentFilters listing={listing} onChange={show} />
      <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      {chosen.length > 0 ? (
        <SelectionBar documents={chosen} onMove={() => onMove(chosen)} onDone={() => setPicked(new Set())} />
      ) : null}
      {found.isPending ? <Waiting /> : null}
      {found.data?.total === 0 ? (
        <Empty title={t("documents.noneFound")}>
          <p>{t("documents.noneFoundHint")}</p>
        </Empty>
      ) : null}
      {items.length > 0 ? (
        <table className={styles.table} aria-busy={found.isPlaceholderData}>
          <ColumnHeads
            listing={listing}
            onSort={show}
            picked={chosen.length}
            pickable={changeable.length}
            onPickAll={(wanted) => pick(changeable.map(({ id }) => id), wanted)}
          />
          <tbody>
            {items.map((document) => (
              <DocumentRow
                key={document.id}
                document={document}
                job={running.data?.get(document.id)}
                mayChange={mayChange(document)}
                picked={picked.has(document.id)}
                onPick={(wanted) => pick([document.id], wanted)}
                onMove={() => onMove([document])}
              />
            ))}
          </tbody>
        </table>
      ) : null}
      {found.data ? <Pager page={found.data} onMove={(to) => show({ page: to / ON_A_PAGE + 1 })} /> : null}
    </section>
  );
}
