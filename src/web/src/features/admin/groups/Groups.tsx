import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { type Column, Table } from "@/components/Table";
import { formatDay, formatNumber } from "@/lib/format";

import styles from "../Admin.module.css";
import { Listing } from "../parts/Listing";
import { useListing } from "../parts/useListing";
import { GroupMenu, NameGroup } from "./GroupMenu";
import { type Group, useGroupActions, useGroups } from "./queries";

/** Groups, which hold rights and limits together. */
export function Groups() {
  const { t } = useTranslation();
  const listing = useListing();
  const found = useGroups(listing.asked);
  const { create } = useGroupActions();
  const [adding, setAdding] = useState(false);
  const close = () => {
    setAdding(false);
    create.reset();
  };
  const columns: Column<Group>[] = [
    { title: t("groups.name"), cell: (group) => <span dir="auto">{group.name}</span> },
    { title: t("groups.members"), cell: (group) => formatNumber(group.member_count), number: true },
    { title: t("groups.since"), cell: (group) => formatDay(group.created_at), whole: true },
  ];
  return (
    <section className={styles.section} aria-label={t("admin.section.groups")}>
      <Listing
        listing={listing}
        found={found}
        searchLabel={t("groups.search")}
        none={t("groups.none")}
        tools={
          <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {t("groups.add")}
          </Button>
        }
      >
        {(rows) => (
          <Table
            label={t("admin.section.groups")}
            columns={columns}
            rows={rows}
            keyOf={(group) => group.id}
            actions={{ title: t("actions"), cell: (group) => <GroupMenu group={group} /> }}
          />
        )}
      </Listing>
      <NameGroup
        title={t("groups.add")}
        open={adding}
        error={create.error}
        onClose={close}
        onName={(name) => create.mutate(name, { onSuccess: close })}
      />
    </section>
  );
}
