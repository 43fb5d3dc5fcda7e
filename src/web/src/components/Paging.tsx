import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";

import { formatNumber } from "@/lib/format";

import { IconButton } from "./Button";
import styles from "./Paging.module.css";

interface Props {
  /** From 1. */
  page: number;
  onAPage: number;
  total: number;
  onPage: (page: number) => void;
}

/** Where one is in a long list, and the ways to its other pages. */
export function Paging({ page, onAPage, total, onPage }: Props) {
  const { t } = useTranslation();
  const first = (page - 1) * onAPage + 1;
  const last = Math.min(page * onAPage, total);
  if (total === 0) return null;
  return (
    <nav aria-label={t("paging.label")} className={styles.paging}>
      <span role="status">
        {t("paging.range", { first: formatNumber(first), last: formatNumber(last), total: formatNumber(total) })}
      </span>
      <IconButton label={t("paging.before")} onClick={() => onPage(page - 1)} disabled={page <= 1} accessibleWhenDisabled>
        <ChevronLeft size={18} aria-hidden />
      </IconButton>
      <IconButton label={t("paging.after")} onClick={() => onPage(page + 1)} disabled={last >= total} accessibleWhenDisabled>
        <ChevronRight size={18} aria-hidden />
      </IconButton>
    </nav>
  );
}
