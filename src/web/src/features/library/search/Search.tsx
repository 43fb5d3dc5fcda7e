import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Search as SearchIcon } from "lucide-react";
import { type SyntheticEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { api, body, type Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { EvidencePanel, type OpenEvidence } from "@/components/evidence/EvidencePanel";
import { Empty, ErrorNote, Note, Waiting } from "@/components/Notes";
import { submitted } from "@/lib/form";
import { formatMilliseconds } from "@/lib/format";

import { useCollections } from "../queries";
import { Result } from "./Result";
import styles from "./Search.module.css";
import { bestLexical } from "./why";

const STRATEGIES = ["hybrid", "dense", "lexical"] as const;
const AT_MOST = 30;

/** Finds passages, and says why each was found. */
export function Search() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const query = params.get("q") ?? "";
  const strategy = STRATEGIES.find((one) => one === params.get("strategy")) ?? "hybrid";
  const collection = params.get("collection") ?? "";
  const collections = useCollections();
  const found = useFound(query, strategy, collection);
  const [open, setOpen] = useState<OpenEvidence | null>(null);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Whoever comes without a query comes to type one.
    if (!query) box.current?.focus();
  }, [query]);
  const search = (event: SyntheticEvent<HTMLFormElement>) => {
    const value = submitted(event);
    const next = new URLSearchParams();
    for (const name of ["q", "strategy", "collection"]) {
      const wanted = value(name).trim();
      if (wanted && wanted !== "hybrid") next.set(name, wanted);
    }
    setOpen(null);
    setParams(next);
  };
  const passages = found.data?.passages ?? [];
  const evidence = passages.map((passage, index) => ({ marker: index + 1, passage }));
  return (
    <div className={styles.split} data-panel={open ? "" : undefined}>
      <main className={styles.search}>
        <h1>{t("nav.search")}</h1>
        <form key={params.toString()} role="search" className={styles.form} onSubmit={search}>
          <div className={styles.box}>
            <SearchIcon size={18} aria-hidden />
            <input
              ref={box}
              type="search"
              name="q"
              defaultValue={query}
              aria-label={t("search.query")}
              placeholder={t("search.query")}
              maxLength={4000}
            />
            <Button kind="primary" type="submit">
              {t("search.do")}
            </Button>
          </div>
          <div className={styles.bounds}>
            <select name="collection" aria-label={t("search.collection")} defaultValue={collection} onChange={send}>
              <option value="">{t("search.everywhere")}</option>
              {collections.data?.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
            <select name="strategy" aria-label={t("search.strategy")} defaultValue={strategy} onChange={send}>
              {STRATEGIES.map((one) => (
                <option key={one} value={one}>
                  {t(`search.by.${one}`)}
                </option>
              ))}
            </select>
          </div>
        </form>
        <ErrorNote error={found.error} onRetry={() => void found.refetch()} />
        {query && found.isPending ? <Waiting /> : null}
        {query ? null : (
          <Empty title={t("search.empty")}>
            <p>{t("search.emptyHint")}</p>
          </Empty>
        )}
        {found.data ? <Summary response={found.data} /> : null}
        <ol className={styles.results} aria-busy={found.isPlaceholderData}>
          {evidence.map(({ marker, passage }) => (
            <li key={passage.chunk_ids.join()}>
              <Result
                passage={passage}
                query={query}
                bestLexical={bestLexical(passages)}
                shown={open?.marker === marker}
                onOpen={() => setOpen({ answerId: "search", marker, evidence })}
              />
            </li>
          ))}
        </ol>
      </main>
      {open ? <EvidencePanel shown={open} onShow={setOpen} onClose={() => setOpen(null)} /> : null}
    </div>
  );
}

function send(event: SyntheticEvent<HTMLSelectElement>) {
  event.currentTarget.form?.requestSubmit();
}

function Summary({ response }: { response: Schemas["SearchResponse"] }) {
  const { t } = useTranslation();
  const { passages, degraded, timings } = response;
  if (passages.length === 0) {
    return (
      <Empty title={t("search.none")}>
        <p>{t("search.noneHint")}</p>
      </Empty>
    );
  }
  const took = timings.total ?? Object.values(timings).reduce((sum, part) => sum + part, 0);
  return (
    <>
      {degraded.length > 0 ? <Note kind="warning">{t("search.degraded", { parts: degraded.join(", ") })}</Note> : null}
      <p role="status" className={styles.summary}>
        {t("search.found", { count: passages.length, time: formatMilliseconds(took) })}
      </p>
    </>
  );
}

function useFound(query: string, strategy: (typeof STRATEGIES)[number], collection: string) {
  return useQuery({
    queryKey: ["search", query, strategy, collection],
    enabled: query !== "",
    placeholderData: query ? keepPreviousData : undefined,
    queryFn: async ({ signal }) =>
      body(
        await api.POST("/api/v1/search", {
          body: { query, strategy, collection_ids: collection ? [collection] : null, top_k: AT_MOST },
          signal,
        }),
      ),
  });
}
