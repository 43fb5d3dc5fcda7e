import { FolderOpen, Lock, Plus, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { formatNumber } from "@/lib/format";

import { useCollections } from "../queries";
import styles from "./Library.module.css";
import { NewCollection } from "./NewCollection";

/** The collections one may read. */
export function Library() {
  const { t } = useTranslation();
  const collections = useCollections();
  const [creating, setCreating] = useState(false);
  const create = (
    <Button kind="primary" icon={<Plus size={18} aria-hidden />} onClick={() => setCreating(true)}>
      {t("library.create")}
    </Button>
  );
  const items = collections.data ?? [];
  return (
    <main className={styles.library}>
      <header className={styles.header}>
        <div>
          <h1>{t("library.title")}</h1>
          <p className={styles.lead}>{t("library.lead")}</p>
        </div>
        {items.length > 0 ? create : null}
      </header>
      <ErrorNote error={collections.error} onRetry={() => void collections.refetch()} />
      {collections.isPending ? <Waiting /> : null}
      {collections.isSuccess && items.length === 0 ? (
        <Empty title={t("library.empty")}>
          <p>{t("library.emptyHint")}</p>
          {create}
        </Empty>
      ) : null}
      <ul className={styles.cards}>
        {items.map((collection) => (
          <Card key={collection.id} collection={collection} />
        ))}
      </ul>
      <NewCollection open={creating} onClose={() => setCreating(false)} />
    </main>
  );
}

function Card({ collection }: { collection: Schemas["CollectionBody"] }) {
  const { t } = useTranslation();
  const Icon = collection.private ? Lock : FolderOpen;
  return (
    <li className={styles.card}>
      <Icon size={20} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        <h2 dir="auto">
          <Link to={`/library/${collection.id}`}>{collection.name}</Link>
        </h2>
        {collection.description ? (
          <p dir="auto" className={styles.description}>
            {collection.description}
          </p>
        ) : null}
        <ul className={styles.facts}>
          <li>{t("library.documents", { count: collection.document_count, shown: formatNumber(collection.document_count) })}</li>
          <li>
            {collection.private ? <Lock size={14} aria-hidden /> : <Users size={14} aria-hidden />}
            {t(collection.private ? "library.private" : "library.shared")}
          </li>
          <li>{t(`library.level.${collection.level}`)}</li>
        </ul>
      </div>
    </li>
  );
}
