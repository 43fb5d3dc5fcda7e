/** A word that is being typed to pick something: `#` for collections, `@` for documents. */
export interface Trigger {
  kind: "collections" | "documents";
  search: string;
  start: number;
  end: number;
}

const BEFORE_CARET = /(?:^|\s)([#@])([^\s#@]{0,60})$/u;

/** The trigger that the caret stands in, if any. */
export function findTrigger(text: string, caret: number): Trigger | null {
  const match = BEFORE_CARET.exec(text.slice(0, caret));
  if (!match) return null;
  const search = match[2] ?? "";
  return {
    kind: match[1] === "#" ? "collections" : "documents",
    search,
    start: caret - search.length - 1,
    end: caret,
  };
}

/** The text once its trigger has become a chip. */
export function withoutTrigger(text: string, { start, end }: Trigger): string {
  return text.slice(0, start) + text.slice(end).trimStart();
}
