import { useDeferredValue } from "react";
import { useSearchParams } from "react-router";

export const PAGE = 25;

/** What is searched for and where in the list one is, kept in the address. */
export function useListing() {
  const [params, setParams] = useSearchParams();
  const search = params.get("q") ?? "";
  const offset = Math.max(0, Math.trunc(Number(params.get("from"))) || 0);
  const change = (next: Record<string, string>) => setParams(next, { replace: true });
  return {
    search,
    asked: { search: useDeferredValue(search), offset, limit: PAGE },
    setSearch: (text: string) => change(text ? { q: text } : {}),
    move: (to: number) => change({ ...(search && { q: search }), ...(to > 0 && { from: String(to) }) }),
  };
}
