import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, body } from "@/client/api";

import type { Trigger } from "./mention";
import { useCollections } from "./queries";

const AT_MOST = 8;

export interface Suggestion {
  id: string;
  name: string;
  note: string;
}

/** What the typed word may mean. */
export function useSuggestions(trigger: Trigger | null): Suggestion[] {
  const collections = useCollections();
  const search = trigger?.search ?? "";
  const documents = useQuery({
    queryKey: ["documents", "suggest", search],
    enabled: trigger?.kind === "documents",
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/documents", { params: { query: { name: search, limit: AT_MOST } }, signal })).items,
  });
  const known = collections.data ?? [];
  if (trigger?.kind === "collections") {
    const wanted = search.toLocaleLowerCase();
    return known
      .filter((c) => c.name.toLocaleLowerCase().includes(wanted))
      .slice(0, AT_MOST)
      .map((c) => ({ id: c.id, name: c.name, note: String(c.document_count) }));
  }
  return (documents.data ?? []).map((d) => ({
    id: d.id,
    name: d.name,
    note: known.find((c) => c.id === d.collection_id)?.name ?? "",
  }));
}
