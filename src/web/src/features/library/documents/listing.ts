/** Which documents of a collection are shown and in what order: kept in the view's address. */
import type { operations, Schemas } from "@/client/api";

type Query = NonNullable<operations["list_documents"]["parameters"]["query"]>;
export type Sort = NonNullable<Query["sort"]>;
export type Status = Schemas["VersionBody"]["status"];

export interface Listing {
  text: string;
  status: Status | null;
  type: string | null;
  sort: Sort;
  descending: boolean;
  /** From 1. */
  page: number;
}

export const ON_A_PAGE = 50;
export const STATUSES: readonly Status[] = ["ready", "pending", "processing", "failed"];
const SORTS: readonly Sort[] = [
  "name",
  "status",
  "page_count",
  "chunk_count",
  "size_bytes",
  "created_by",
  "created_at",
  "updated_at",
  "media_type",
];
/** Newest first: whoever has just uploaded looks for that. */
const FIRST: Listing = { text: "", status: null, type: null, sort: "created_at", descending: true, page: 1 };

/** What an address asks for; what it says wrongly counts as not said. */
export function readListing(params: URLSearchParams): Listing {
  const page = Number(params.get("page"));
  return {
    text: params.get("text") ?? "",
    status: STATUSES.find((status) => status === params.get("status")) ?? null,
    type: params.get("type"),
    sort: SORTS.find((sort) => sort === params.get("sort")) ?? FIRST.sort,
    descending: params.has("sort") ? params.get("order") === "desc" : FIRST.descending,
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** The address after a change; any but one of the page goes back to the first page. */
export function writeListing(before: Listing, change: Partial<Listing>): URLSearchParams {
  const listing = { ...before, page: 1, ...change };
  const params = new URLSearchParams();
  if (listing.text) params.set("text", listing.text);
  if (listing.status) params.set("status", listing.status);
  if (listing.type) params.set("type", listing.type);
  if (listing.sort !== FIRST.sort || listing.descending !== FIRST.descending) {
    params.set("sort", listing.sort);
    if (listing.descending) params.set("order", "desc");
  }
  if (listing.page > 1) params.set("page", String(listing.page));
  return params;
}

/** The order after a click on a column's head: upwards first, then the other way. */
export function sortedBy(before: Listing, sort: Sort): Partial<Listing> {
  return { sort, descending: before.sort === sort ? !before.descending : false };
}

/** As the server takes it. */
export function toQuery(listing: Listing, collectionId: string): Query {
  return {
    collection_id: collectionId,
    status: listing.status,
    name: listing.text.trim() || null,
    media_type: listing.type,
    sort: listing.sort,
    descending: listing.descending,
    limit: ON_A_PAGE,
    offset: (listing.page - 1) * ON_A_PAGE,
  };
}
