import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Empty, ErrorNote, Waiting } from "@/components/Notes";
import { Pager } from "@/components/Pager";

import styles from "../Admin.module.css";
import type { useListing } from "./useListing";

interface Page<Row> {
  items: Row[];
  total: number;
  limit: number;
  offset: number;
}

interface Props<Row> {
  listing: ReturnType<typeof useListing>;
  found: UseQueryResult<Page<Row>>;
  searchLabel: string;
  /** What to say where the list is empty without a search. */
  none: string;
  /** Beside the search. */
  tools?: ReactNode;
  children: (rows: Row[]) => ReactNode;
}

/** A list that the server searches and pages. */
export function Listing<Row>({ listing, found, searchLabel, none, tools, children }: Props<Row>) {
  const { t } = useTranslation();
  const page = found.data;
  return (
    <>
      <div className={styles.tools}>
        <input
          type="search"
          className={styles.search}
          aria-label={searchLabel}
          placeholder={searchLabel}
          value={listing.search}
          maxLength={128}
          onChange={(event) => listing.setSearch(event.target.value)}
        />
        {tools}
      </div>
      <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending ? <Waiting /> : null}
      {page && page.items.length > 0 ? children(page.items) : null}
      {page?.items.length === 0 ? <Empty title={listing.search ? t("admin.noneFound") : none} /> : null}
      {page ? <Pager page={page} onMove={listing.move} /> : null}
    </>
  );
}
