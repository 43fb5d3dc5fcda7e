/** Service accounts, as the administration asks for them. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export type Program = Schemas["ServiceAccountBody"];

const PROGRAMS = ["programs"] as const;

/** A page of service accounts by name. */
export function usePrograms(query: { search: string; offset: number; limit: number }) {
  return useQuery({
    queryKey: [...PROGRAMS, query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/service-accounts", { params: { query }, signal })),
  });
}

/** What can be done with service accounts. */
export function useProgramActions() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: PROGRAMS });
  const create = useMutation({
    mutationFn: async (username: string) => body(await api.POST("/api/v1/service-accounts", { body: { username } })),
    onSuccess,
  });
  const change = useMutation({
    mutationFn: ({ id, disabled }: { id: string; disabled: boolean }) =>
      api.PATCH("/api/v1/service-accounts/{user_id}", { params: { path: { user_id: id } }, body: { disabled } }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/service-accounts/{user_id}", { params: { path: { user_id: id } } }),
    onSuccess,
  });
  return { create, change, remove };
}
