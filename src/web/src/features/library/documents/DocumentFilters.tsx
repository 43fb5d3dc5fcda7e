import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import styles from "./Documents.module.css";
import { type Listing, type Status, STATUSES } from "./listing";
import { TYPES } from "./types";

const PAUSE_MS = 250;

interface Props {
  listing: Listing;
  onChange: (change: Partial<Listing>) => void;
}

/** What bounds the list: words of the name, status, type. */
export function DocumentFilters({ listing, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <search className={styles.filters}>
      <TextFilter key={listing.text} text={listing.text} onChange={(text) => onChange({ text })} />
      <select
        aria-label={t("documents.column.status")}
        value={listing.status ?? ""}
        onChange={(event) => onChange({ status: (event.target.value || null) as Status | null })}
      >
        <option value="">{t("documents.anyStatus")}</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {t(`documents.status.${status}`)}
          </option>
        ))}
      </select>
      <select
        aria-label={t("documents.type")}
        value={listing.type ?? ""}
        onChange={(event) => onChange({ type: event.target.value || null })}
      >
        <option value="">{t("documents.anyType")}</option>
        {Object.entries(TYPES).map(([type, name]) => (
          <option key={type} value={type}>
            {name}
          </option>
        ))}
      </select>
    </search>
  );
}

/** Takes effect when the typing pauses. */
function TextFilter({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => onChange(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <input
      type="search"
      aria-label={t("documents.find")}
      placeholder={t("documents.find")}
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
