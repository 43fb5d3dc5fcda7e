/** What the views of questions ask of the server, and under which names it is kept. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export const keys = {
  lists: ["conversations", "list"] as const,
  conversation: (id: string) => ["conversations", id] as const,
  messages: (id: string) => ["conversations", id, "messages"] as const,
  collections: ["collections"] as const,
};

/** One conversation, without its messages. */
export function useConversation(id: string | undefined) {
  return useQuery({
    queryKey: keys.conversation(id ?? ""),
    enabled: id !== undefined,
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/conversations/{conversation_id}", {
          params: { path: { conversation_id: id ?? "" } },
          signal,
        }),
      ),
  });
}

/** The questions and answers of a conversation. */
export function useMessages(id: string | undefined) {
  return useQuery({
    queryKey: keys.messages(id ?? ""),
    enabled: id !== undefined,
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/conversations/{conversation_id}/messages", {
          params: { path: { conversation_id: id ?? "" } },
          signal,
        }),
      ).items,
  });
}

/** Every collection the reader may ask. */
export function useCollections() {
  return useQuery({
    queryKey: keys.collections,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/collections", { signal })).items,
  });
}

/** What a question is put to: all that may be read, unless something was picked. */
export interface Scope {
  collections: Pick<Schemas["CollectionBody"], "id" | "name">[];
  documents: Pick<Schemas["DocumentBody"], "id" | "name">[];
}

export const everything: Scope = { collections: [], documents: [] };

/** Ask: in a conversation, or in a new one. Resolves with the conversation's id. */
export function useAsk(conversationId: string | undefined) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ text, scope }: { text: string; scope: Scope }) => {
      const id = conversationId ?? body(await api.POST("/api/v1/conversations", { body: { title: "" } })).id;
      await api.POST("/api/v1/conversations/{conversation_id}/messages", {
        params: { path: { conversation_id: id } },
        body: {
          content: text,
          collection_ids: scope.collections.length ? scope.collections.map((c) => c.id) : null,
          document_ids: scope.documents.length ? scope.documents.map((d) => d.id) : null,
        },
      });
      return id;
    },
    onSuccess: (id) =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.messages(id) }),
        queries.invalidateQueries({ queryKey: keys.lists }),
      ]),
  });
}

type Verdict = Schemas["FeedbackPut"];

/** What can be done with an answer. */
export function useAnswerActions(conversationId: string, messageId: string) {
  const queries = useQueryClient();
  const path = { conversation_id: conversationId, message_id: messageId };
  const refresh = () => queries.invalidateQueries({ queryKey: keys.messages(conversationId) });
  const cancel = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/conversations/{conversation_id}/messages/{message_id}/cancel", { params: { path } }),
    onSuccess: refresh,
  });
  const regenerate = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/conversations/{conversation_id}/messages/{message_id}/regenerate", { params: { path } }),
    onSuccess: refresh,
  });
  const rate = useMutation({
    mutationFn: (verdict: Verdict) =>
      api.PUT("/api/v1/conversations/{conversation_id}/messages/{message_id}/feedback", {
        params: { path },
        body: verdict,
      }),
    onSuccess: refresh,
  });
  return { cancel, regenerate, rate };
}
