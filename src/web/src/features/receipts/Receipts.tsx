import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { Pager } from "@/components/Pager";
import { type Column, Table } from "@/components/Table";
import { formatDay, formatTime } from "@/lib/format";
import { useUser } from "@/lib/session";

import { Gone } from "./Gone";
import { type ReceiptBody, useReceipts } from "./queries";
import styles from "./Receipts.module.css";

/** What was deleted, newest first, and whether its bytes are gone. */
export function Receipts() {
  const { t } = useTranslation();
  const seesAll = useUser().role === "auditor";
  const [params, setParams] = useSearchParams();
  const offset = Math.max(0, Math.trunc(Number(params.get("from"))) || 0);
  const found = useReceipts(offset);
  const who: Column<ReceiptBody> = { title: t("receipts.who"), cell: (receipt) => receipt.actor_name ?? "–" };
  const columns: Column<ReceiptBody>[] = [
    {
      title: t("receipts.what"),
      cell: (receipt) => <Link to={`/receipts/${receipt.id}`}>{t(`receipts.kind.${receipt.kind}`)}</Link>,
    },
    { title: t("receipts.when"), cell: (receipt) => formatTime(receipt.created_at), whole: true },
    ...(seesAll ? [who] : []),
    { title: t("receipts.files"), cell: (receipt) => <Gone gone={receipt.complete} /> },
    { title: t("receipts.backups"), cell: (receipt) => formatDay(receipt.gone_from_backups_on), whole: true },
  ];
  return (
    <main className={styles.page}>
      <header>
        <h1>{t("receipts.title")}</h1>
        <p className={styles.lead}>{t(seesAll ? "receipts.leadAll" : "receipts.lead")}</p>
      </header>
      <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending ? <Waiting /> : null}
      {found.data && found.data.items.length > 0 ? (
        <Table label={t("receipts.title")} columns={columns} rows={found.data.items} keyOf={(receipt) => receipt.id} />
      ) : null}
      {found.data?.items.length === 0 ? <Empty title={t("receipts.none")} /> : null}
      {found.data ? (
        <Pager page={found.data} onMove={(to) => setParams(to > 0 ? { from: String(to) } : {})} />
      ) : null}
    </main>
  );
}
