import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";

import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { Tabs } from "@/components/Tabs";

import { DocumentTable } from "../documents/DocumentTable";
import { useCollection } from "../queries";
import { DropZone, UploadButtons } from "../uploads/DropZone";
import { CollectionMenu } from "./CollectionMenu";
import styles from "./CollectionView.module.css";
import { People } from "./People";

/** A collection: its documents, and the people with their rights. */
export function CollectionView() {
  const { t } = useTranslation();
  const { collectionId = "" } = useParams();
  const [params] = useSearchParams();
  const { data: collection, error, refetch } = useCollection(collectionId);
  if (error) {
    return (
      <main className={styles.view}>
        <ErrorNote error={error} onRetry={() => void refetch()} />
        <Link to="/library">{t("library.title")}</Link>
      </main>
    );
  }
  if (!collection) return <Waiting />;
  const manages = collection.level === "manager";
  const adds = collection.level !== "reader";
  const showsPeople = manages && !collection.private;
  const people = showsPeople && params.get("view") === "people";
  const table = (
    <DocumentTable
      key={collectionId}
      collection={collection}
      empty={
        <Empty title={t("documents.empty")}>
          <p>{t(adds ? "documents.emptyHint" : "documents.emptyReader")}</p>
          {adds ? <UploadButtons collectionId={collectionId} kind="primary" /> : null}
        </Empty>
      }
    />
  );
  return (
    <main className={styles.view}>
      <nav aria-label={t("library.path")} className={styles.path}>
        <Link to="/library">{t("library.title")}</Link>
      </nav>
      <header className={styles.header}>
        <div className={styles.naming}>
          <h1 dir="auto">{collection.name}</h1>
          <p dir="auto" className={styles.lead}>
            {collection.description}
          </p>
        </div>
        <div className={styles.tools}>
          {adds && collection.document_count > 0 ? <UploadButtons collectionId={collectionId} kind="plain" /> : null}
          {manages ? <CollectionMenu collection={collection} /> : null}
        </div>
      </header>
      {showsPeople ? (
        <Tabs
          label={t("library.sides")}
          tabs={[
            { name: t("documents.title"), to: `/library/${collectionId}`, shown: !people },
            { name: t("people.title"), to: `/library/${collectionId}?view=people`, shown: people },
          ]}
        />
      ) : null}
      {people ? (
        <People collectionId={collectionId} />
      ) : adds ? (
        <DropZone collectionId={collectionId}>{table}</DropZone>
      ) : (
        table
      )}
    </main>
  );
}
