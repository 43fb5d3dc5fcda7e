/** What administrators change at run time. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, authorisedFetch, body, errorOf, type Schemas } from "@/client/api";

export type RuntimeSettings = Schemas["RuntimeSettingsBody"];
type Change = Schemas["RuntimeSettingsChange"];

const SETTINGS = ["settings"] as const;
const FOLLOWERS = ["branding", "announcement", "models"];

/** What holds now and what would hold if nothing were set. */
export function useRuntimeSettings() {
  return useQuery({
    queryKey: SETTINGS,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/admin/settings", { signal })),
  });
}

/** The models that Ollama has. */
export function useModels() {
  return useQuery({
    queryKey: ["models"],
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/models", { signal })),
  });
}

function useRefresh() {
  const queries = useQueryClient();
  return () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: SETTINGS }),
      ...FOLLOWERS.map((name) => queries.invalidateQueries({ queryKey: [name] })),
    ]);
}

/** Set some values; null brings a default back. */
export function useChange() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: (change: Change) => api.PATCH("/api/v1/admin/settings", { body: change }),
    onSuccess,
  });
}

/** Set the logo, or remove it. */
export function useLogo() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: async (file: File | null) => {
      const method = file ? "PUT" : "DELETE";
      const response = await authorisedFetch(new Request("/api/v1/admin/logo", { method, body: file }));
      if (!response.ok) throw await errorOf(response);
    },
    onSuccess,
  });
}

/** Ask a model the fixed test question. */
export function useModelTest() {
  return useMutation({
    mutationFn: async (model: string) => body(await api.POST("/api/v1/admin/models/test", { body: { model } })),
  });
}
