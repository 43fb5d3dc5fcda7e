import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";

import styles from "./Notes.module.css";

/** Says beside a button that what it did is done. */
export function Saved({ shown }: { shown: boolean }) {
  const { t } = useTranslation();
  return (
    <span role="status" className={styles.saved}>
      {shown ? (
        <>
          <Check size={16} aria-hidden />
          {t("saved")}
        </>
      ) : null}
    </span>
  );
}
