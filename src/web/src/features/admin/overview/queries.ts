/** How the appliance fares, asked for again while it is looked at. */
import { useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export type Overview = Schemas["OverviewBody"];

const EVERY_MS = 10_000;

/** Minutes that the viewer's clock is ahead of UTC. */
export function zoneMinutes(now = new Date()): number {
  return -now.getTimezoneOffset();
}

/** Counts and times. */
export function useOverview() {
  return useQuery({
    queryKey: ["overview"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/admin/overview", { params: { query: { zone_minutes: zoneMinutes() } }, signal })),
  });
}

/** The state of every part. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) => {
      // A vital part that is down is an answer too, of status 503, and not a failure to ask.
      const response = await fetch("/api/v1/health", { signal });
      return (await response.json()) as Schemas["HealthBody"];
    },
  });
}
