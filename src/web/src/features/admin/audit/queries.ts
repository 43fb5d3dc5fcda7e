/** The audit log, as auditors ask for it. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

import type { Filter } from "./filter";
import { asQuery } from "./filter";

export type AuditEvent = Schemas["AuditEventBody"];

const PAGE = 50;

/** Events that fit, newest first, a page at a time. */
export function useAuditEvents(filter: Filter) {
  return useInfiniteQuery({
    queryKey: ["audit", filter],
    initialPageParam: null as number | null,
    queryFn: async ({ pageParam, signal }) =>
      body(
        await api.GET("/api/v1/audit", {
          params: { query: { ...asQuery(filter), before: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    getNextPageParam: (last) => last.next_before,
  });
}

/** Check the whole chain. */
export function useVerify() {
  return useMutation({ mutationFn: async () => body(await api.POST("/api/v1/audit/verify")) });
}
