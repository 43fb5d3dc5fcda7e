import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";

import styles from "./Documents.module.css";
import { type Listing, type Sort, sortedBy } from "./listing";

const COLUMNS: { sort: Sort; name: string; number?: boolean }[] = [
  { sort: "name", name: "name" },
  { sort: "status", name: "status" },
  { sort: "page_count", name: "pages", number: true },
  { sort: "chunk_count", name: "passages", number: true },
  { sort: "size_bytes", name: "size", number: true },
  { sort: "created_by", name: "who" },
  { sort: "created_at", name: "when" },
];

interface Props {
  listing: Listing;
  onSort: (change: Partial<Listing>) => void;
  picked: number;
  pickable: number;
  onPickAll: (wanted: boolean) => void;
}

/** The heads of the columns: a click sorts by one, a second click the other way. */
export function ColumnHeads({ listing, onSort, picked, pickable, onPickAll }: Props) {
  const { t } = useTranslation();
  const Arrow = listing.descending ? ArrowDown : ArrowUp;
  return (
    <thead>
      <tr>
        <td className={styles.pick}>
          <label>
            <input
              type="checkbox"
              aria-label={t("documents.pickAll")}
              disabled={pickable === 0}
              checked={pickable > 0 && picked === pickable}
              ref={(box) => {
                if (box) box.indeterminate = picked > 0 && picked < pickable;
              }}
              onChange={(event) => onPickAll(event.target.checked)}
            />
          </label>
        </td>
        {COLUMNS.map(({ sort, name, number }) => {
          const current = listing.sort === sort;
          const order = listing.descending ? "descending" : "ascending";
          return (
            <th
              key={sort}
              scope="col"
              className={`${styles[name] ?? ""} ${number ? styles.number : ""}`}
              aria-sort={current ? order : undefined}
            >
              <button type="button" onClick={() => onSort(sortedBy(listing, sort))}>
                {t(`documents.column.${name}`)}
                {current ? <Arrow size={14} aria-hidden /> : null}
              </button>
            </th>
          );
        })}
        <td className={styles.actions} />
      </tr>
    </thead>
  );
}
