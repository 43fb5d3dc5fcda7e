/** What people say of answers, and what found nothing. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export type Verdict = Schemas["FeedbackReviewBody"];
export type Rating = 1 | -1 | null;

/** A page of verdicts, newest first. */
export function useVerdicts(query: { rating: Rating; offset: number; limit: number }) {
  return useQuery({
    queryKey: ["verdicts", query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/admin/feedback", { params: { query }, signal })),
  });
}

/** How many questions found nothing, by day and by what was asked. */
export function useUnanswered() {
  return useQuery({
    queryKey: ["unanswered"],
    queryFn: async ({ signal }) => {
      const query = { zone_minutes: -new Date().getTimezoneOffset() };
      return body(await api.GET("/api/v1/admin/unanswered", { params: { query }, signal }));
    },
  });
}
