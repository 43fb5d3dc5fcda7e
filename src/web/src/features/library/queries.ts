/** What the library asks of the server, and under which names it is kept. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";
import { tellDeleted } from "@/lib/deleted";

import { type Listing, toQuery } from "./documents/listing";

export const keys = {
  collections: ["collections"] as const,
  collection: (id: string) => ["collections", id] as const,
  grants: (id: string) => ["collections", id, "grants"] as const,
  documents: ["documents"] as const,
  documentLists: ["documents", "list"] as const,
  document: (id: string) => ["documents", id] as const,
  jobs: ["jobs"] as const,
};

const SOON_MS = 2000;

/** Every collection the reader may see. */
export function useCollections() {
  return useQuery({
    queryKey: keys.collections,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/collections", { signal })).items,
  });
}

/** One collection. */
export function useCollection(id: string) {
  return useQuery({
    queryKey: keys.collection(id),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/collections/{collection_id}", { params: { path: { collection_id: id } }, signal })),
  });
}

/** Create, change and delete collections. */
export function useCollectionActions() {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: keys.collections });
  const create = useMutation({
    mutationFn: async (made: Schemas["CollectionCreate"]) => body(await api.POST("/api/v1/collections", { body: made })),
    onSuccess: refresh,
  });
  const update = useMutation({
    mutationFn: ({ id, ...change }: Schemas["CollectionUpdate"] & { id: string }) =>
      api.PATCH("/api/v1/collections/{collection_id}", { params: { path: { collection_id: id } }, body: change }),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: async (id: string) =>
      body(await api.DELETE("/api/v1/collections/{collection_id}", { params: { path: { collection_id: id } } })),
    onSuccess: (receipt) => {
      tellDeleted([receipt]);
      // Not the collection itself: its view is left for the list, and would say that it is gone.
      return queries.invalidateQueries({ queryKey: keys.collections, exact: true });
    },
  });
  return { create, update, remove };
}

/** Whether a document is still on its way to being searchable. */
export function isOnItsWay({ latest }: Schemas["DocumentBody"]): boolean {
  return latest.status === "pending" || latest.status === "processing" || (latest.status === "ready" && !latest.searchable);
}

/** A page of a collection's documents; asked for again while some are on their way. */
export function useDocuments(collectionId: string, listing: Listing) {
  return useQuery({
    queryKey: [...keys.documentLists, collectionId, listing],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/documents", { params: { query: toQuery(listing, collectionId) }, signal })),
    refetchInterval: ({ state }) => (state.data?.items.some(isOnItsWay) ? SOON_MS : false),
  });
}

/** The jobs that run in a collection, by the document they work on. */
export function useRunningJobs(collectionId: string, enabled: boolean) {
  return useQuery({
    queryKey: [...keys.jobs, collectionId],
    enabled,
    refetchInterval: SOON_MS,
    queryFn: async ({ signal }) => {
      const query = { collection_id: collectionId, status: "running" as const };
      const { items } = body(await api.GET("/api/v1/jobs", { params: { query }, signal }));
      return new Map(items.map((job) => [job.document_id, job]));
    },
  });
}

/** A document with all its versions. */
export function useDocument(id: string) {
  return useQuery({
    queryKey: keys.document(id),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/documents/{document_id}", { params: { path: { document_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isOnItsWay(state.data) ? SOON_MS : false),
  });
}

export const PASSAGES = 20;

/** A page of a document's passages in reading order. */
export function usePassages(id: string, page: number) {
  return useQuery({
    queryKey: [...keys.document(id), "chunks", page],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/documents/{document_id}/chunks", {
          params: { path: { document_id: id }, query: { limit: PASSAGES, offset: (page - 1) * PASSAGES } },
          signal,
        }),
      ),
  });
}

/** What became of a document that was to be moved. */
export interface Outcome {
  document: Pick<Schemas["DocumentBody"], "id" | "name">;
  /** Why it stayed; null when it was moved. */
  error: unknown;
}

/** Move documents into another collection, one after the other; tells of each as it is done. */
export function useMove(onOutcome: (outcome: Outcome) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ documents, to }: { documents: Outcome["document"][]; to: string }) => {
      for (const document of documents) {
        const params = { path: { document_id: document.id } };
        const error = await api
          .POST("/api/v1/documents/{document_id}/move", { params, body: { collection_id: to } })
          .then(() => null, (problem: unknown) => problem);
        onOutcome({ document, error });
      }
    },
    // Lists of both collections and how much each holds; what was searched says where it was.
    onSettled: () =>
      Promise.all(
        [keys.documents, keys.collections, ["search"]].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
}

/** Delete documents, or try them again: one after the other, and to the end whatever fails. */
export function useDocumentActions() {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: async (ids: string[]) => {
      const receipts: Schemas["ReceiptBody"][] = [];
      await forEach(ids, async (id) => {
        const params = { path: { document_id: id } };
        receipts.push(body(await api.DELETE("/api/v1/documents/{document_id}", { params })));
      }).finally(() => tellDeleted(receipts));
    },
    // Not the documents themselves: a view of one is left for the list, and would say it is gone.
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: keys.documents, refetchType: "none" });
      await queries.invalidateQueries({ queryKey: keys.documentLists });
      await queries.invalidateQueries({ queryKey: keys.collections });
    },
  });
  const retry = useMutation({
    mutationFn: (ids: string[]) =>
      forEach(ids, (id) =>
        api.POST("/api/v1/documents/{document_id}/retry", { params: { path: { document_id: id } } }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.documents }),
  });
  return { remove, retry };
}

async function forEach(ids: string[], act: (id: string) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = [];
  for (const id of ids) await act(id).catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** Who holds which right in a collection, and changing it. */
export function useGrants(collectionId: string) {
  const queries = useQueryClient();
  const path = { collection_id: collectionId };
  const refresh = () => queries.invalidateQueries({ queryKey: keys.grants(collectionId) });
  const grants = useQuery({
    queryKey: keys.grants(collectionId),
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/collections/{collection_id}/grants", { params: { path }, signal })).items,
  });
  const put = useMutation({
    mutationFn: (grant: Schemas["GrantPut"]) =>
      api.PUT("/api/v1/collections/{collection_id}/grants", { params: { path }, body: grant }),
    onSuccess: refresh,
  });
  const take = useMutation({
    mutationFn: (grantId: string) =>
      api.DELETE("/api/v1/collections/{collection_id}/grants/{grant_id}", {
        params: { path: { ...path, grant_id: grantId } },
      }),
    onSuccess: refresh,
  });
  return { grants, put, take };
}
