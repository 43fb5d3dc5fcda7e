import { useTranslation } from "react-i18next";

import { KeyTable } from "@/components/keys/KeyTable";
import { useApiKeys } from "@/components/keys/queries";

import styles from "./Admin.module.css";
import { Listing } from "./parts/Listing";
import { useListing } from "./parts/useListing";

/** Everyone's API keys; they are made in one's account, or beside a service account. */
export function Keys() {
  const { t } = useTranslation();
  const listing = useListing();
  const found = useApiKeys({ all: true, ...listing.asked });
  return (
    <section className={styles.section} aria-label={t("admin.section.keys")}>
      <p className={styles.lead}>{t("keys.adminLead")}</p>
      <Listing listing={listing} found={found} searchLabel={t("keys.search")} none={t("keys.none")}>
        {(rows) => <KeyTable rows={rows} owners />}
      </Listing>
    </section>
  );
}
