/** Uploads outlive a reload of the tab, as far as the server has the files. */
import { useEffect } from "react";

import type { Upload } from "./queue";
import { uploads } from "./useUploads";

/** Goes on with a person's uploads of before, and keeps those of now when the page is left. */
export function useKeptUploads(userId: string): void {
  useEffect(() => {
    const key = `rag-uploads:${userId}`;
    const kept = sessionStorage.getItem(key);
    if (kept) uploads.restore(JSON.parse(kept) as Upload[]);
    sessionStorage.removeItem(key);
    // Not at each step: a thousand files are many words to write down.
    const keep = () => {
      const items = uploads.items().map((item) => ({ ...item, file: null }));
      if (items.length > 0) sessionStorage.setItem(key, JSON.stringify(items));
      else sessionStorage.removeItem(key);
    };
    window.addEventListener("pagehide", keep);
    return () => {
      window.removeEventListener("pagehide", keep);
      // Whoever signs out takes their uploads along.
      uploads.abandon();
    };
  }, [userId]);
}
