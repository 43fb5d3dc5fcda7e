/** Receipts of deletions: one's own, and for auditors everyone's. */
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "@/client/api";

export type ReceiptBody = Schemas["ReceiptBody"];

export const PAGE = 25;
const RECEIPTS = ["receipts"] as const;
const SOON_MS = 3000;

/** A page of receipts, newest first. */
export function useReceipts(offset: number) {
  return useQuery({
    queryKey: [...RECEIPTS, "list", offset],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/receipts", { params: { query: { limit: PAGE, offset } }, signal })),
  });
}

/** One receipt; asked for again until the bytes have left every store. */
export function useReceipt(id: string) {
  return useQuery({
    queryKey: [...RECEIPTS, id],
    queryFn: async ({ signal }) =>
      body(await api.GET("/api/v1/receipts/{receipt_id}", { params: { path: { receipt_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data && !state.data.complete ? SOON_MS : false),
  });
}

/** Search every store for what was deleted. */
export function useProof(id: string) {
  return useMutation({
    mutationFn: async () =>
      body(await api.POST("/api/v1/receipts/{receipt_id}/proof", { params: { path: { receipt_id: id } } })),
  });
}
