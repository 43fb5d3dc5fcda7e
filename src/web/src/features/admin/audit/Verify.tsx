import { ShieldCheck } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { ErrorNote, Note } from "@/components/Notes";
import { formatNumber } from "@/lib/format";

import styles from "./Audit.module.css";
import { useVerify } from "./queries";

/** Checks that nobody tampered with the log, and says up to where. */
export function Verify() {
  const { t } = useTranslation();
  const verify = useVerify();
  const found = verify.data;
  return (
    <div className={styles.verify}>
      <Button
        icon={<ShieldCheck size={16} aria-hidden />}
        onClick={() => verify.mutate()}
        disabled={verify.isPending}
        accessibleWhenDisabled
      >
        {t("audit.verify")}
      </Button>
      <ErrorNote error={verify.error} />
      <div role="status">
        {found ? (
          <Note kind={found.intact ? "plain" : "warning"}>
            {found.broken
              ? t("audit.broken", { number: formatNumber(found.broken.number), kind: found.broken.kind })
              : t("audit.intact", { checked: formatNumber(found.checked), number: formatNumber(found.head.number) })}
          </Note>
        ) : null}
      </div>
    </div>
  );
}
