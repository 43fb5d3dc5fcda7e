import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatNumber } from "@/lib/format";

import { IconButton } from "./Button";
import styles from "./Pager.module.css";

interface Props {
  page: { offset: number; limit: number; total: number };
  onMove: (offset: number) => void;
}

/** Where one is in a list that the server pages; nothing where one page holds it all. */
export function Pager({ page: { offset, limit, total }, onMove }: Props) {
  const { t } = useTranslation();
  if (total <= limit && offset === 0) return null;
  const last = Math.min(offset + limit, total);
  return (
    <nav className={styles.pager} aria-label={t("pager.label")}>
      <IconButton label={t("pager.before")} disabled={offset === 0} accessibleWhenDisabled onClick={() => onMove(Math.max(0, offset - limit))}>
        <ChevronLeft size={18} aria-hidden />
      </IconButton>
      <span role="status">
        {t("pager.shown", {
          first: formatNumber(Math.min(offset + 1, total)),
          last: formatNumber(last),
          total: formatNumber(total),
        })}
      </span>
      <IconButton label={t("pager.after")} disabled={last >= total} accessibleWhenDisabled onClick={() => onMove(offset + limit)}>
        <ChevronRight size={18} aria-hidden />
      </IconButton>
    </nav>
  );
}
