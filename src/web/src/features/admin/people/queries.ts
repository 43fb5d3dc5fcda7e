/** People, as the administration asks for them. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";
import { tellDeleted } from "@/lib/deleted";

export type Person = Schemas["UserBody"];
export const ROLES = ["member", "admin", "auditor"] as const;

const PEOPLE = ["people"] as const;

/** A page of people by name. */
export function usePeople(query: { search: string; offset: number; limit: number }) {
  return useQuery({
    queryKey: [...PEOPLE, query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/users", { params: { query }, signal })),
  });
}

/** Add a person, who gets a one-time password. */
export function useAddPerson() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (person: Schemas["UserCreate"]) => body(await api.POST("/api/v1/users", { body: person })),
    onSuccess: () => queries.invalidateQueries({ queryKey: PEOPLE }),
  });
}

/** What can be done with a person. */
export function usePersonActions(id: string) {
  const queries = useQueryClient();
  const path = { user_id: id };
  const refresh = () => queries.invalidateQueries({ queryKey: PEOPLE });
  const change = useMutation({
    mutationFn: (update: Schemas["UserUpdate"]) =>
      api.PATCH("/api/v1/users/{user_id}", { params: { path }, body: update }),
    onSuccess: refresh,
  });
  const reset = useMutation({
    mutationFn: async () => body(await api.POST("/api/v1/users/{user_id}/reset-password", { params: { path } })),
    onSuccess: refresh,
  });
  const remove = useMutation({
    mutationFn: async (heirId: string | null) =>
      body(await api.DELETE("/api/v1/users/{user_id}", { params: { path, query: { heir_id: heirId } } })),
    onSuccess: (receipt) => {
      tellDeleted([receipt]);
      return refresh();
    },
  });
  return { change, reset, remove };
}
