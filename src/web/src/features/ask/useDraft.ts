import { useState } from "react";

import { useUser } from "@/lib/session";

/** What is being typed into the box of a conversation; it outlives a reload of the tab. */
export function useDraft(conversationId: string | undefined): [string, (text: string) => void] {
  const user = useUser();
  const key = draftKey(user.id, conversationId);
  const [draft, setDraft] = useState(() => sessionStorage.getItem(key) ?? "");
  const change = (text: string) => {
    setDraft(text);
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  };
  return [draft, change];
}

/** Drafts are kept for each person: several may use a tab one after the other. */
export function draftKey(userId: string, conversationId: string | undefined): string {
  return `rag-draft:${userId}:${conversationId ?? "new"}`;
}
