/** The enterprise's name, accent and logo, which everyone sees. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, body } from "@/client/api";

const PRODUCT = "On-Prem RAG";

/** How the page looks to everyone. */
export const brandingQuery = queryOptions({
  queryKey: ["branding"],
  staleTime: 60_000,
  queryFn: async ({ signal }) => body(await api.GET("/api/v1/branding", { signal })),
});

/** The name and logo to show; the accent is put to the whole page. */
export function useBranding(): { name: string; logo: string | null } {
  const { data } = useQuery(brandingQuery);
  const name = data?.name ? data.name : PRODUCT;
  const hue = data?.hue;
  useEffect(() => {
    if (hue !== undefined) document.documentElement.style.setProperty("--hue", String(hue));
  }, [hue]);
  useEffect(() => {
    document.title = name;
  }, [name]);
  return { name, logo: data?.logo ?? null };
}
