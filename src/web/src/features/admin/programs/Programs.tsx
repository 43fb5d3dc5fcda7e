import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { type Column, Table } from "@/components/Table";
import { submitted } from "@/lib/form";
import { formatDay } from "@/lib/format";

import styles from "../Admin.module.css";
import { Listing } from "../parts/Listing";
import { useListing } from "../parts/useListing";
import { ProgramMenu } from "./ProgramMenu";
import { type Program, useProgramActions, usePrograms } from "./queries";

/** Service accounts: they work by API keys and read what is granted to their names. */
export function Programs() {
  const { t } = useTranslation();
  const listing = useListing();
  const found = usePrograms(listing.asked);
  const { create } = useProgramActions();
  const [adding, setAdding] = useState(false);
  const close = () => {
    setAdding(false);
    create.reset();
  };
  const columns: Column<Program>[] = [
    { title: t("programs.name"), cell: (program) => <span dir="auto">{program.username}</span> },
    {
      title: t("people.state"),
      cell: (program) => (
        <Badge kind={program.disabled ? "bad" : "good"}>
          {t(program.disabled ? "people.disabled" : "people.active")}
        </Badge>
      ),
    },
    { title: t("people.since"), cell: (program) => formatDay(program.created_at), whole: true },
  ];
  return (
    <section className={styles.section} aria-label={t("admin.section.programs")}>
      <p className={styles.lead}>{t("programs.lead")}</p>
      <Listing
        listing={listing}
        found={found}
        searchLabel={t("programs.search")}
        none={t("programs.none")}
        tools={
          <Button kind="primary" icon={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {t("programs.add")}
          </Button>
        }
      >
        {(rows) => (
          <Table
            label={t("admin.section.programs")}
            columns={columns}
            rows={rows}
            keyOf={(program) => program.id}
            actions={{ title: t("actions"), cell: (program) => <ProgramMenu program={program} /> }}
          />
        )}
      </Listing>
      <Dialog title={t("programs.add")} open={adding} onClose={close}>
        <form
          className={styles.form}
          onSubmit={(event) => create.mutate(submitted(event)("name"), { onSuccess: close })}
        >
          <ErrorNote error={create.error} />
          <TextField label={t("programs.name")} hint={t("people.nameHint")} name="name" maxLength={128} spellCheck={false} required />
          <Button kind="primary" type="submit" disabled={create.isPending} accessibleWhenDisabled>
            {t("programs.add")}
          </Button>
        </form>
      </Dialog>
    </section>
  );
}
