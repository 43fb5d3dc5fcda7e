/** Limits of people, groups and API keys. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export type Limit = Schemas["LimitBody"];
export type Values = Schemas["LimitValues"];

const LIMITS = ["limits"] as const;

/** A page of what is set, and the defaults. */
export function useLimits(query: { offset: number; limit: number }) {
  return useQuery({
    queryKey: [...LIMITS, query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/limits", { params: { query }, signal })),
  });
}

type Place = Pick<Limit, "holder" | "id">;

/** Set limits, or let the groups' or the defaults hold again. */
export function useLimitActions() {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: LIMITS });
  const path = ({ holder, id }: Place) => ({ params: { path: { holder, holder_id: id } } });
  const set = useMutation({
    mutationFn: ({ place, values }: { place: Place; values: Schemas["LimitChange"] }) =>
      api.PATCH("/api/v1/limits/{holder}/{holder_id}", { ...path(place), body: values }),
    onSuccess,
  });
  const clear = useMutation({
    mutationFn: (place: Place) => api.DELETE("/api/v1/limits/{holder}/{holder_id}", path(place)),
    onSuccess,
  });
  return { set, clear };
}
