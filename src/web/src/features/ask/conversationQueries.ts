/** What the views of conversations ask of the server. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";
import { tellDeleted } from "@/lib/deleted";

import { keys } from "./queries";

export type Conversation = Schemas["ConversationBody"];
export type Share = Schemas["ShareBody"];

const PAGE = 100;

/** Which conversations are listed; what is left out does not count. */
export interface Wanted {
  search?: string;
  shared?: boolean;
  pinned?: boolean;
  archived?: boolean;
  folder?: string;
}

/** Conversations a page at a time. */
export function useConversationPages(wanted: Wanted, enabled = true) {
  return useInfiniteQuery({
    queryKey: [...keys.lists, wanted],
    enabled,
    initialPageParam: 0,
    // What is typed narrows the list; it should not go blank in between.
    placeholderData: wanted.search ? keepPreviousData : undefined,
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/v1/conversations", {
          params: { query: { ...wanted, limit: PAGE, offset: pageParam } },
          signal,
        }),
      ),
    getNextPageParam: (last) =>
      last.offset + last.items.length < last.total ? last.offset + last.items.length : undefined,
  });
}

/** One's folders, with how many conversations lie in each. */
export function useFolders(enabled = true) {
  return useQuery({
    queryKey: [...keys.lists, "folders"],
    enabled,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/conversations/folders", { signal })).items,
  });
}

/** What the owner of a conversation can do with it. */
export function useConversationActions(id: string) {
  const queries = useQueryClient();
  const params = { path: { conversation_id: id } };
  const change = useMutation({
    mutationFn: async (changes: Schemas["ConversationUpdate"]) =>
      body(await api.PATCH("/api/v1/conversations/{conversation_id}", { params, body: changes })),
    onSuccess: (changed) => {
      queries.setQueryData(keys.conversation(id), changed);
      return queries.invalidateQueries({ queryKey: keys.lists });
    },
  });
  const remove = useMutation({
    mutationFn: async () => body(await api.DELETE("/api/v1/conversations/{conversation_id}", { params })),
    onSuccess: (receipt) => {
      tellDeleted([receipt]);
      queries.removeQueries({ queryKey: keys.conversation(id) });
      return queries.invalidateQueries({ queryKey: keys.lists });
    },
  });
  return { change, remove };
}

/** Copy a conversation up to a message, or all of it. Resolves with the copy. */
export function useFork(conversationId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (upTo: string | undefined) =>
      body(
        await api.POST("/api/v1/conversations/{conversation_id}/fork", {
          params: { path: { conversation_id: conversationId } },
          body: { up_to_message_id: upTo ?? null },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.lists }),
  });
}

/** Ask a question in other words, in a copy of what came before it. Resolves with the copy's id. */
export function useEditQuestion(conversationId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (asked: { id: string; content: string; filters: Record<string, unknown> }) =>
      body(
        await api.POST("/api/v1/conversations/{conversation_id}/messages/{message_id}/edit", {
          params: { path: { conversation_id: conversationId, message_id: asked.id } },
          body: { ...asked.filters, content: asked.content },
        }),
      ).conversation_id,
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.lists }),
  });
}

/** With whom a conversation is shared, and how to change that. */
export function useShares(id: string) {
  const queries = useQueryClient();
  const path = { conversation_id: id };
  const queryKey = [...keys.conversation(id), "shares"];
  const refresh = () => queries.invalidateQueries({ queryKey });
  const shares = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/conversations/{conversation_id}/shares", { params: { path }, signal })).items,
  });
  const add = useMutation({
    mutationFn: (given: Schemas["SharePut"]) =>
      api.PUT("/api/v1/conversations/{conversation_id}/shares", { params: { path }, body: given }),
    onSuccess: refresh,
  });
  const take = useMutation({
    mutationFn: (shareId: string) =>
      api.DELETE("/api/v1/conversations/{conversation_id}/shares/{share_id}", {
        params: { path: { ...path, share_id: shareId } },
      }),
    onSuccess: refresh,
  });
  return { shares, add, take };
}
