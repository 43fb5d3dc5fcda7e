/** Service accounts, as the administration asks for them. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";
import { tellDeleted } from "@/lib/deleted";

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
    mutationFn: async (id: string) =>
      body(await api.DELETE("/api/v1/service-accounts/{user_id}", { params: { path: { user_id: id } } })),
    onSuccess: (receipt) => {
      tellDeleted([receipt]);
      return onSuccess();
    },
  });
  return { create, change, remove };
}
