/** What was deleted last, until its message is put away. */
import { useSyncExternalStore } from "react";

import type { Schemas } from "@/client/api";

type Receipt = Schemas["ReceiptBody"];

let last: readonly Receipt[] = [];
const listeners = new Set<() => void>();

/** Have the page say that something is gone; with no receipts it says nothing. */
export function tellDeleted(receipts: readonly Receipt[]): void {
  last = receipts;
  for (const listener of listeners) listener();
}

/** The receipts of what was deleted last; empty where there is nothing to say. */
export function useDeleted(): readonly Receipt[] {
  return useSyncExternalStore(subscribe, () => last);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
