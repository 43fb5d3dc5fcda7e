import { SearchCheck } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { ErrorNote, Note, Waiting } from "@/components/Notes";
import { formatNumber } from "@/lib/format";

import { useProof } from "./queries";
import styles from "./Receipts.module.css";

/** Searches every store for what was deleted, and says what it found. */
export function Proof({ receiptId }: { receiptId: string }) {
  const { t } = useTranslation();
  const proof = useProof(receiptId);
  return (
    <section className={styles.section}>
      <h2>{t("receipts.proof")}</h2>
      <p className={styles.lead}>{t("receipts.proofLead")}</p>
      <div>
        <Button
          icon={<SearchCheck size={16} aria-hidden />}
          onClick={() => proof.mutate()}
          disabled={proof.isPending}
          accessibleWhenDisabled
        >
          {t("receipts.prove")}
        </Button>
      </div>
      <ErrorNote error={proof.error} />
      {proof.isPending ? <Waiting label={t("receipts.searching")} /> : null}
      <div role="status">
        {proof.data ? (
          <Note kind={proof.data.empty ? "plain" : "warning"}>
            <div>
              <p>{t(proof.data.empty ? "receipts.nothingFound" : "receipts.stillFound")}</p>
              <ul className={styles.found}>
                {proof.data.stores.map(({ store, searched, found }) => (
                  <li key={store}>
                    {t("receipts.foundOf", {
                      store: t(`receipts.stores.${store}`),
                      found: formatNumber(found),
                      searched: formatNumber(searched),
                    })}
                  </li>
                ))}
              </ul>
            </div>
          </Note>
        ) : null}
      </div>
    </section>
  );
}
