import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { ErrorNote, Note, Waiting } from "@/components/Notes";
import { type Column, Table } from "@/components/Table";
import { formatBytes, formatDay, formatNumber, formatTime } from "@/lib/format";

import { Gone } from "./Gone";
import { Proof } from "./Proof";
import { type ReceiptBody, useReceipt } from "./queries";
import styles from "./Receipts.module.css";

type State = ReceiptBody["erased"][number];
type Counts = NonNullable<ReceiptBody["counts"]>;

/** One deletion: how much went, where its bytes are gone, and from when no backup holds them. */
export function Receipt() {
  const { t } = useTranslation();
  const id = useParams().receiptId ?? "";
  const { data: receipt, error, isPending, refetch } = useReceipt(id);
  return (
    <main className={styles.page}>
      <nav className={styles.path} aria-label={t("library.path")}>
        <Link to="/receipts">{t("receipts.title")}</Link>
      </nav>
      <ErrorNote error={error} onRetry={() => void refetch()} />
      {isPending ? <Waiting /> : null}
      {receipt ? <Shown receipt={receipt} /> : null}
    </main>
  );
}

function Shown({ receipt }: { receipt: ReceiptBody }) {
  const { t } = useTranslation();
  return (
    <>
      <h1>{t(`receipts.deleted.${receipt.kind}`)}</h1>
      <dl className={styles.facts}>
        <Fact name={t("receipts.when")}>{formatTime(receipt.created_at)}</Fact>
        <Fact name={t("receipts.who")}>{receipt.actor_name ?? "–"}</Fact>
        <Fact name={t("receipts.files")}>
          <Gone gone={receipt.complete} />
        </Fact>
        <Fact name={t("receipts.backups")}>{formatDay(receipt.gone_from_backups_on)}</Fact>
        <Fact name={t("receipts.target")}>
          <code>{receipt.target_id}</code>
        </Fact>
        <Fact name={t("receipts.number")}>
          <code>{receipt.id}</code>
        </Fact>
      </dl>
      {receipt.counts ? (
        <>
          <Amounts counts={receipt.counts} />
          <Stores states={receipt.erased} />
          <Proof receiptId={receipt.id} />
        </>
      ) : (
        <Note>{t("receipts.notYours")}</Note>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Amounts({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  const { original_bytes: bytes, ...numbers } = counts;
  const some = Object.entries(numbers).filter(([, count]) => count > 0);
  return (
    <section className={styles.section}>
      <h2>{t("receipts.amounts")}</h2>
      <dl className={styles.amounts}>
        {some.map(([name, count]) => (
          <Fact key={name} name={t(`receipts.count.${name}`)}>
            {formatNumber(count)}
            {name === "originals" ? ` (${formatBytes(bytes)})` : null}
          </Fact>
        ))}
      </dl>
      {some.length === 0 ? <p className={styles.lead}>{t("receipts.nothingInIt")}</p> : null}
    </section>
  );
}

function Stores({ states }: { states: State[] }) {
  const { t } = useTranslation();
  const columns: Column<State>[] = [
    { title: t("receipts.store"), cell: ({ store }) => t(`receipts.stores.${store}`) },
    { title: t("receipts.place"), cell: ({ place }) => (place === "shared" ? t("receipts.shared") : <code>{place}</code>) },
    { title: t("receipts.state"), cell: ({ finished_at }) => <Gone gone={finished_at !== null} /> },
    {
      title: t("receipts.since"),
      cell: ({ finished_at, seen_at }) => {
        if (finished_at) return formatTime(finished_at);
        return seen_at ? t("receipts.seen", { time: formatTime(seen_at) }) : "–";
      },
    },
  ];
  return (
    <section className={styles.section}>
      <h2>{t("receipts.whereGone")}</h2>
      <Table
        label={t("receipts.whereGone")}
        columns={columns}
        rows={states}
        keyOf={({ store, place }) => `${store} ${place}`}
      />
    </section>
  );
}
