import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { Pager } from "@/components/Pager";
import { type Column, Table } from "@/components/Table";
import { formatBytes, formatNumber } from "@/lib/format";

import admin from "../Admin.module.css";
import { useListing } from "../parts/useListing";
import { ClearLimit, LimitDialog } from "./LimitDialog";
import { type Limit, useLimits, type Values } from "./queries";
import { isBytes, NAMES } from "./values";

/** How much people, groups and API keys may use. */
export function Limits() {
  const { t } = useTranslation();
  const { asked, move } = useListing();
  const found = useLimits({ offset: asked.offset, limit: asked.limit });
  const [editing, setEditing] = useState<Limit | "new" | null>(null);
  const [clearing, setClearing] = useState<Limit | null>(null);
  const cell = (values: Values, name: (typeof NAMES)[number]) => {
    const value = values[name];
    if (value === null) return "–";
    if (value === 0) return t("limits.none");
    return isBytes(name) ? formatBytes(value) : formatNumber(value);
  };
  const columns: Column<Limit>[] = [
    {
      title: t("limits.holder"),
      cell: (row) => (
        <>
          <span dir="auto">{row.name}</span> <small>{t(`limits.kind.${row.holder}`)}</small>
        </>
      ),
    },
    ...NAMES.map((name) => ({ title: t(`limits.${name}`), cell: (row: Limit) => cell(row.limits, name), number: true })),
  ];
  const defaults = found.data?.defaults;
  return (
    <section className={admin.section} aria-label={t("admin.section.limits")}>
      <div className={admin.tools}>
        <p className={admin.lead}>{t("limits.lead")}</p>
        <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setEditing("new")}>
          {t("limits.add")}
        </Button>
      </div>
      <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending ? <Waiting /> : null}
      {defaults ? (
        <p>
          <strong>{t("limits.defaults")}</strong>{" "}
          {NAMES.map((name) => `${t(`limits.${name}`)}: ${cell(defaults, name)}`).join(" · ")}
        </p>
      ) : null}
      {found.data?.items.length ? (
        <Table
          label={t("admin.section.limits")}
          columns={columns}
          rows={found.data.items}
          keyOf={(row) => row.id}
          actions={{
            title: t("actions"),
            cell: (row) => (
              <>
                <Button kind="quiet" onClick={() => setEditing(row)} aria-label={t("limits.editNamed", { name: row.name })}>
                  {t("limits.edit")}
                </Button>
                <Button kind="quiet" onClick={() => setClearing(row)} aria-label={t("limits.clearNamed", { name: row.name })}>
                  {t("limits.clear")}
                </Button>
              </>
            ),
          }}
        />
      ) : null}
      {found.data?.items.length === 0 ? <Empty title={t("limits.empty")} /> : null}
      {found.data ? <Pager page={found.data} onMove={move} /> : null}
      <LimitDialog editing={editing} onClose={() => setEditing(null)} />
      <ClearLimit limit={clearing} onClose={() => setClearing(null)} />
    </section>
  );
}
