import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Menu, MenuItem } from "@/components/Menu";
import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { type Column, Table } from "@/components/Table";
import { submitted } from "@/lib/form";
import { formatTime } from "@/lib/format";

import admin from "../Admin.module.css";
import styles from "./Audit.module.css";
import { AuditFilter } from "./AuditFilter";
import { exportAddress, filterOf, NAMES } from "./filter";
import { type AuditEvent, useAuditEvents } from "./queries";
import { Verify } from "./Verify";

/** What was done, by whom and when; for auditors. */
export function Audit() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const filter = filterOf(params);
  const found = useAuditEvents(filter);
  const events = found.data?.pages.flatMap((page) => page.items) ?? [];
  const columns: Column<AuditEvent>[] = [
    { title: t("audit.time"), cell: (event) => formatTime(event.time) },
    {
      title: t("audit.event"),
      cell: (event) => (
        <>
          <code>{`${event.subject}:${event.action}`}</code>{" "}
          {event.outcome === "failure" ? <Badge kind="bad">{t("audit.failure")}</Badge> : null}
        </>
      ),
    },
    { title: t("audit.actor"), cell: (event) => event.actor_name ?? "–" },
    { title: t("audit.target"), cell: (event) => <Target event={event} /> },
    { title: t("audit.details"), cell: (event) => <Details event={event} /> },
  ];
  return (
    <section className={admin.section} aria-label={t("admin.section.audit")}>
      <div className={admin.tools}>
        <Verify />
        <Link to="/receipts" className={styles.receipts}>
          {t("receipts.title")}
        </Link>
        <Menu
          label={t("audit.export")}
          trigger={<Button icon={<Download size={16} aria-hidden />}>{t("audit.export")}</Button>}
        >
          <MenuItem onClick={() => window.location.assign(exportAddress(filter, "csv"))}>CSV</MenuItem>
          <MenuItem onClick={() => window.location.assign(exportAddress(filter, "jsonl"))}>JSON Lines</MenuItem>
        </Menu>
      </div>
      <AuditFilter
        // A new address fills the form anew.
        key={params.toString()}
        filter={filter}
        onFilter={(event) => {
          const typed = submitted(event);
          setParams(NAMES.flatMap((name) => (typed(name) ? [[name, typed(name)] as [string, string]] : [])));
        }}
        onClear={() => setParams({})}
      />
      <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending ? <Waiting /> : null}
      {events.length > 0 ? (
        <Table label={t("admin.section.audit")} columns={columns} rows={events} keyOf={(event) => event.number} />
      ) : null}
      {found.isSuccess && events.length === 0 ? <Empty title={t("audit.none")} /> : null}
      {found.hasNextPage ? (
        <Button onClick={() => void found.fetchNextPage()} disabled={found.isFetchingNextPage} accessibleWhenDisabled>
          {t("more")}
        </Button>
      ) : null}
    </section>
  );
}

function Target({ event }: { event: AuditEvent }) {
  if (!event.target_type) return "–";
  return (
    <>
      {event.target_type} <code className={styles.id}>{event.target_id}</code>
    </>
  );
}

function Details({ event }: { event: AuditEvent }) {
  const { t } = useTranslation();
  const rows: [string, unknown][] = [
    ["number", event.number],
    ["address", event.address],
    ["request_id", event.request_id],
    ["actor_id", event.actor_id],
    ...Object.entries(event.details),
    ["hash", event.hash],
  ];
  return (
    <details className={styles.details}>
      <summary>{t("audit.show")}</summary>
      <dl>
        {rows
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
            </div>
          ))}
      </dl>
    </details>
  );
}
