/** Names to pick from, as they are typed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, body } from "@/client/api";

import type { Named } from "./NamePicker";

export type NameKind = "people" | "users" | "groups" | "api-keys";

const MOST = 8;

/** The first few of a kind whose names hold `search`; "users" are people and service accounts. */
export function useNames(kind: NameKind, search: string) {
  return useQuery({
    queryKey: ["names", kind, search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => find(kind, search, signal),
  });
}

async function find(kind: NameKind, search: string, signal: AbortSignal): Promise<Named[]> {
  const options = { params: { query: { search, limit: MOST } }, signal };
  if (kind === "groups") return body(await api.GET("/api/v1/groups", options)).items;
  if (kind === "api-keys") {
    const query = { search, limit: MOST, all: true };
    const { items } = body(await api.GET("/api/v1/api-keys", { params: { query }, signal }));
    return items.map((key) => ({ id: key.id, name: `${key.username}: ${key.name} (${key.prefix}…)` }));
  }
  const [people, programs] = await Promise.all([
    api.GET("/api/v1/users", options),
    kind === "users" ? api.GET("/api/v1/service-accounts", options) : null,
  ]);
  return [...body(people).items, ...(programs ? body(programs).items : [])].map((user) => ({
    id: user.id,
    name: user.username,
  }));
}
