import { useQueries } from "@tanstack/react-query";
import { useState } from "react";

import { api, body } from "@/client/api";

import type { Message } from "./answer";
import { type Scope, useCollections } from "./queries";

/** What the next question is put to: as the last one was, until something else is picked. */
export function useScope(messages: Message[] | undefined): [Scope, (scope: Scope) => void] {
  const [picked, setPicked] = useState<Scope | null>(null);
  const last = lastScope(messages ?? []);
  const collections = useCollections();
  const documents = useQueries({
    queries: (picked ? [] : last.documents).map((id) => ({
      queryKey: ["documents", id],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        body(
          await api.GET("/api/v1/documents/{document_id}", { params: { path: { document_id: id } }, signal }),
        ),
    })),
  });
  if (picked) return [picked, setPicked];
  // What is gone, or may not be read any more, is left out; what is still being fetched is not.
  const scope: Scope = {
    collections: last.collections.flatMap((id) => {
      const found = collections.data?.find((each) => each.id === id);
      return found || !collections.isSuccess ? [{ id, name: found?.name ?? "…" }] : [];
    }),
    documents: last.documents.flatMap((id, index) => {
      const found = documents[index];
      return found?.isError ? [] : [{ id, name: found?.data?.name ?? "…" }];
    }),
  };
  return [scope, setPicked];
}

/** Ids of what the last question was put to. */
export function lastScope(messages: Message[]): Record<keyof Scope, string[]> {
  const filters = messages.findLast((message) => message.role === "user")?.filters ?? {};
  const ids = (name: string) => (Array.isArray(filters[name]) ? (filters[name] as string[]) : []);
  return { collections: ids("collection_ids"), documents: ids("document_ids") };
}
