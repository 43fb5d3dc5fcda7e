/** API keys, as their owner's account and the administration ask for them. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export type ApiKey = Schemas["ApiKeyBody"];
export type NewApiKey = Schemas["ApiKeyCreate"];

const KEYS = ["api-keys"] as const;

/** A page of keys, one's own or everyone's, newest first. */
export function useApiKeys(query: { all: boolean; search: string; offset: number; limit: number }) {
  return useQuery({
    queryKey: [...KEYS, query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/api-keys", { params: { query }, signal })),
  });
}

/** Make and revoke keys. */
export function useApiKeyActions() {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: KEYS });
  const create = useMutation({
    mutationFn: async (key: NewApiKey) => body(await api.POST("/api/v1/api-keys", { body: key })),
    onSuccess: refresh,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: id } } }),
    onSuccess: refresh,
  });
  return { create, revoke };
}
