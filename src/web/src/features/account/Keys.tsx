import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { KeyTable } from "@/components/keys/KeyTable";
import { NewKey } from "@/components/keys/NewKey";
import { useApiKeys } from "@/components/keys/queries";
import { ErrorNote } from "@/components/Notes";
import { Pager } from "@/components/Pager";

import styles from "./Account.module.css";

const PAGE = 10;

/** One's own API keys. */
export function Keys() {
  const { t } = useTranslation();
  const [offset, setOffset] = useState(0);
  const [making, setMaking] = useState(false);
  const found = useApiKeys({ all: false, search: "", offset, limit: PAGE });
  return (
    <section className={styles.form}>
      <h2>{t("keys.title")}</h2>
      <p>{t("keys.lead")}</p>
      <ErrorNote error={found.error} />
      {found.data?.items.length ? <KeyTable rows={found.data.items} owners={false} /> : null}
      {found.data ? <Pager page={found.data} onMove={setOffset} /> : null}
      <Button onClick={() => setMaking(true)}>{t("keys.new")}</Button>
      <NewKey open={making} onClose={() => setMaking(false)} />
    </section>
  );
}
