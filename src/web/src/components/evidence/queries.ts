/** What the evidence views ask of the server; an answer asks for its first page ahead of the click. */
import { queryOptions, useQueryClient } from "@tanstack/react-query";

import { api, authorisedFetch, body, errorOf, type Schemas } from "@/client/api";

const SHARPNESS = 2;

/** A page's size and words. */
export function wordsQuery(documentId: string, versionId: string, page: number) {
  return queryOptions({
    queryKey: ["words", versionId, page],
    staleTime: Infinity,
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/documents/{document_id}/pages/{number}/words", {
          params: { path: { document_id: documentId, number: page }, query: { version_id: versionId } },
          signal,
        }),
      ),
  });
}

/** A page as an image; `sharpness` is in pixels a point. */
export function imageQuery(documentId: string, versionId: string, page: number, sharpness = SHARPNESS) {
  const address = `/api/v1/documents/${documentId}/pages/${page}/image?version_id=${versionId}&scale=${sharpness}`;
  return queryOptions({
    queryKey: ["image", address],
    staleTime: Infinity,
    gcTime: 60_000,
    queryFn: async ({ signal }) => {
      const response = await authorisedFetch(new Request(address, { signal }));
      if (!response.ok) throw await errorOf(response);
      return response.blob();
    },
  });
}

/** A function that fetches a passage's page, so that it is there when it is opened. */
export function usePrefetchPage(): (passage: Schemas["PassageBody"]) => void {
  const queries = useQueryClient();
  return ({ document_id: document, version_id: version, page_start: page }) => {
    if (!page) return;
    queries.query(wordsQuery(document, version, page)).catch(() => undefined);
    queries.query(imageQuery(document, version, page)).catch(() => undefined);
  };
}
