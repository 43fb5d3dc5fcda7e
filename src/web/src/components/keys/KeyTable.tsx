import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Confirm } from "@/components/Confirm";
import { type Column, Table } from "@/components/Table";
import { formatDay, formatTime } from "@/lib/format";

import styles from "./Keys.module.css";
import { type ApiKey, useApiKeyActions } from "./queries";
import { stateOf } from "./state";

const KINDS = { live: "good", expired: "plain", revoked: "bad" } as const;

/** Keys with what they may do and how long; each can be revoked. */
export function KeyTable({ rows, owners }: { rows: ApiKey[]; owners: boolean }) {
  const { t } = useTranslation();
  const { revoke } = useApiKeyActions();
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const close = () => {
    setRevoking(null);
    revoke.reset();
  };
  const [now] = useState(() => new Date());
  const columns: Column<ApiKey>[] = [
    {
      title: t("keys.name"),
      cell: (key) => (
        <>
          <span dir="auto">{key.name}</span> <code className={styles.prefix}>{key.prefix}…</code>
        </>
      ),
    },
    ...(owners ? [{ title: t("keys.owner"), cell: (key: ApiKey) => key.username }] : []),
    { title: t("keys.scopes"), cell: (key) => key.scopes.map((scope) => t(`scope.${scope}`)).join(", ") },
    {
      title: t("keys.state"),
      cell: (key) => {
        const state = stateOf(key, now);
        return <Badge kind={KINDS[state]}>{t(`keys.${state}`, { day: formatDay(key.expires_at) })}</Badge>;
      },
    },
    {
      title: t("keys.lastUsed"),
      cell: (key) => (key.last_used_at ? formatTime(key.last_used_at) : t("keys.never")),
    },
  ];
  return (
    <>
      <Table
        label={t("keys.title")}
        columns={columns}
        rows={rows}
        keyOf={(key) => key.id}
        actions={{
          title: t("actions"),
          cell: (key) =>
            stateOf(key, now) === "live" ? (
              <Button kind="quiet" onClick={() => setRevoking(key)} aria-label={t("keys.revokeNamed", { name: key.name })}>
                {t("keys.revoke")}
              </Button>
            ) : null,
        }}
      />
      <Confirm
        title={t("keys.revokeTitle")}
        action={t("keys.revoke")}
        open={revoking !== null}
        busy={revoke.isPending}
        error={revoke.error}
        onClose={close}
        onConfirm={() => revoking && revoke.mutate(revoking.id, { onSuccess: close })}
      >
        <p>{t("keys.revokeLead", { name: revoking?.name })}</p>
      </Confirm>
    </>
  );
}
