import { Trash2, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { tellDeleted, useDeleted } from "@/lib/deleted";

import { IconButton } from "./Button";
import styles from "./Deleted.module.css";

const SHOWN_MS = 20_000;
const putAway = () => tellDeleted([]);

/** Says after a deletion that it is done, and leads to the receipt. It goes by itself: receipts stay. */
export function Deleted() {
  const { t } = useTranslation();
  const receipts = useDeleted();
  useEffect(() => {
    const timer = window.setTimeout(putAway, SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [receipts]);
  const [first, ...others] = receipts;
  return (
    <div role="status" className={styles.place}>
      {first ? (
        <div className={styles.note}>
          <Trash2 size={18} aria-hidden />
          <p>{t("deleted.done", { count: receipts.length })}</p>
          <Link to={others.length > 0 ? "/receipts" : `/receipts/${first.id}`} onClick={putAway}>
            {t("deleted.receipt", { count: receipts.length })}
          </Link>
          <IconButton label={t("close")} onClick={putAway}>
            <X size={16} aria-hidden />
          </IconButton>
        </div>
      ) : null}
    </div>
  );
}
