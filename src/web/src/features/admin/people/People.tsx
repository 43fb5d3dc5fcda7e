import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { type Column, Table } from "@/components/Table";
import { formatDay } from "@/lib/format";

import styles from "../Admin.module.css";
import { Listing } from "../parts/Listing";
import { useListing } from "../parts/useListing";
import { AddPerson } from "./AddPerson";
import { PersonMenu } from "./PersonMenu";
import { type Person, usePeople } from "./queries";

/** Everyone who can sign in. */
export function People() {
  const { t } = useTranslation();
  const listing = useListing();
  const found = usePeople(listing.asked);
  const [adding, setAdding] = useState(false);
  const columns: Column<Person>[] = [
    { title: t("people.name"), cell: (person) => <span dir="auto">{person.username}</span> },
    { title: t("people.role"), cell: (person) => t(`role.${person.role}`) },
    { title: t("people.groups"), cell: (person) => person.groups.join(", ") || "–" },
    { title: t("people.state"), cell: (person) => <State person={person} />, whole: true },
    { title: t("people.since"), cell: (person) => formatDay(person.created_at), whole: true },
  ];
  return (
    <section className={styles.section} aria-label={t("admin.section.people")}>
      <Listing
        listing={listing}
        found={found}
        searchLabel={t("people.search")}
        none={t("people.none")}
        tools={
          <Button kind="primary" icon={<UserPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {t("people.add")}
          </Button>
        }
      >
        {(rows) => (
          <Table
            label={t("admin.section.people")}
            columns={columns}
            rows={rows}
            keyOf={(person) => person.id}
            actions={{ title: t("actions"), cell: (person) => <PersonMenu person={person} /> }}
          />
        )}
      </Listing>
      <AddPerson open={adding} onClose={() => setAdding(false)} />
    </section>
  );
}

function State({ person }: { person: Person }) {
  const { t } = useTranslation();
  if (person.disabled) return <Badge kind="bad">{t("people.disabled")}</Badge>;
  if (person.must_change_password) return <Badge kind="warning">{t("people.oneTime")}</Badge>;
  return <Badge kind="good">{t("people.active")}</Badge>;
}
