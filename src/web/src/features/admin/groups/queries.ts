/** Groups and their members, as the administration asks for them. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export type Group = Schemas["GroupBody"];

const GROUPS = ["groups"] as const;

/** A page of groups by name. */
export function useGroups(query: { search: string; offset: number; limit: number }) {
  return useQuery({
    queryKey: [...GROUPS, "list", query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/groups", { params: { query }, signal })),
  });
}

/** Everyone in a group. */
export function useMembers(id: string) {
  return useQuery({
    queryKey: [...GROUPS, "members", id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/groups/{group_id}/members", { params: { path: { group_id: id } }, signal })).items,
  });
}

/** What can be done with groups. */
export function useGroupActions() {
  const queries = useQueryClient();
  // The list of people names their groups.
  const onSuccess = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: GROUPS }),
      queries.invalidateQueries({ queryKey: ["people"] }),
    ]);
  const create = useMutation({
    mutationFn: async (name: string) => body(await api.POST("/api/v1/groups", { body: { name } })),
    onSuccess,
  });
  const rename = useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      api.PATCH("/api/v1/groups/{group_id}", { params: { path: { group_id: id } }, body: { name } }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.DELETE("/api/v1/groups/{group_id}", { params: { path: { group_id: id } } }),
    onSuccess,
  });
  return { create, rename, remove };
}

/** Let someone in or out. */
export function useMemberActions(groupId: string) {
  const queries = useQueryClient();
  const onSuccess = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: GROUPS }),
      queries.invalidateQueries({ queryKey: ["people"] }),
    ]);
  const params = (userId: string) => ({ params: { path: { group_id: groupId, user_id: userId } } });
  const add = useMutation({
    mutationFn: (userId: string) => api.PUT("/api/v1/groups/{group_id}/members/{user_id}", params(userId)),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (userId: string) => api.DELETE("/api/v1/groups/{group_id}/members/{user_id}", params(userId)),
    onSuccess,
  });
  return { add, remove };
}
