import { Download, FolderInput, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { DocumentPages } from "@/components/evidence/DocumentPages";
import { OriginalLink } from "@/components/evidence/OriginalLink";
import { ErrorNote, Note, Waiting } from "@/components/Notes";
import { Tabs } from "@/components/Tabs";
import { inOneText } from "@/lib/problem";
import { useUser } from "@/lib/session";

import { useCollection, useDocument, useDocumentActions } from "../queries";
import { DeleteDocuments } from "./DeleteDocuments";
import { DocumentFacts } from "./DocumentFacts";
import styles from "./DocumentView.module.css";
import { MoveDocuments } from "./MoveDocuments";
import { Passages } from "./Passages";

/** A document: its pages, the text that is searched, and what is known about it. */
export function DocumentView() {
  const { t } = useTranslation();
  const { documentId = "" } = useParams();
  const { data: document, error, refetch } = useDocument(documentId);
  if (error) {
    return (
      <main className={styles.lost}>
        <ErrorNote error={error} onRetry={() => void refetch()} />
        <Link to="/library">{t("library.title")}</Link>
      </main>
    );
  }
  return document ? <Shown key={documentId} document={document} /> : <Waiting />;
}

function Shown({ document }: { document: Schemas["DocumentDetail"] }) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const { id, name, latest, current_version_id: current } = document;
  const shown = document.versions.find((version) => version.id === current) ?? latest;
  const hasPages = shown.page_count > 0 && shown.status !== "failed";
  const passages = !hasPages || params.get("view") === "passages";
  return (
    <main className={styles.view}>
      <Head document={document} />
      <div className={styles.notes}>
        {latest.status === "failed" ? (
          <Note kind="warning">
            <div>
              <p>{t(current ? "document.newFailed" : "document.failed")}</p>
              {latest.error ? <p>{inOneText(latest.error)}</p> : null}
            </div>
          </Note>
        ) : null}
        {shown.warnings.length > 0 ? (
          <Note kind="warning">
            <ul className={styles.warnings}>
              {shown.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </Note>
        ) : null}
      </div>
      <DocumentFacts document={document} shown={shown} />
      <section className={styles.content}>
        {hasPages ? (
          <Tabs
            label={t("document.sides")}
            tabs={[
              { name: t("document.pages"), to: `/documents/${id}`, shown: !passages },
              { name: t("document.text"), to: `/documents/${id}?view=passages`, shown: passages },
            ]}
          />
        ) : null}
        {passages ? (
          <Passages documentId={id} version={shown} />
        ) : (
          <div className={styles.pages} aria-label={name}>
            <Pages documentId={id} versionId={shown.id} />
          </div>
        )}
      </section>
    </main>
  );
}

/** The viewer, at the page of the address and with the boxes of the passage one came from. */
function Pages({ documentId, versionId }: { documentId: string; versionId: string }) {
  const [params] = useSearchParams();
  const page = Number(params.get("page"));
  const start = Number.isInteger(page) && page > 0 ? page : 1;
  return (
    <DocumentPages key={`${versionId}-${start}`} documentId={documentId} versionId={versionId} startPage={start} boxes={[]} />
  );
}

function Head({ document }: { document: Schemas["DocumentDetail"] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const user = useUser();
  const { data: collection } = useCollection(document.collection_id);
  const { retry } = useDocumentActions();
  const [deleting, setDeleting] = useState(false);
  const [moving, setMoving] = useState(false);
  const mayChange =
    collection?.level === "manager" || (collection?.level === "contributor" && document.created_by === user.id);
  const shelf = `/library/${document.collection_id}`;
  return (
    <header className={styles.header}>
      <nav aria-label={t("library.path")} className={styles.path}>
        <Link to="/library">{t("library.title")}</Link>
        <span aria-hidden> › </span>
        <Link to={shelf}>{collection?.name ?? "…"}</Link>
      </nav>
      <div className={styles.naming}>
        <h1 dir="auto">{document.name}</h1>
      </div>
      <div className={styles.tools}>
        {mayChange && document.latest.status === "failed" ? (
          <Button icon={<RotateCw size={16} aria-hidden />} disabled={retry.isPending} onClick={() => retry.mutate([document.id])}>
            {t("tryAgain")}
          </Button>
        ) : null}
        <Button render={<OriginalLink documentId={document.id} />} icon={<Download size={16} aria-hidden />}>
          {t("evidence.original")}
        </Button>
        {mayChange ? (
          <Button icon={<FolderInput size={16} aria-hidden />} onClick={() => setMoving(true)}>
            {t("move.menu")}
          </Button>
        ) : null}
        {mayChange ? (
          <Button kind="danger" icon={<Trash2 size={16} aria-hidden />} onClick={() => setDeleting(true)}>
            {t("documents.delete")}
          </Button>
        ) : null}
      </div>
      <ErrorNote error={retry.error} />
      <MoveDocuments documents={moving ? [document] : []} onClose={() => setMoving(false)} />
      <DeleteDocuments
        documents={[document]}
        open={deleting}
        onClose={() => setDeleting(false)}
        onDeleted={() => void navigate(shelf)}
      />
    </header>
  );
}
