/** The list of conversations as lines: headings, folders, conversations, and where more follows. */
import type { Conversation } from "./conversationQueries";

export type Age = "today" | "week" | "older";

export type Entry =
  | { kind: "heading"; key: string; name: "pinned" | "folders" | Age }
  | { kind: "folder"; key: string; name: string; count: number; open: boolean }
  | { kind: "conversation"; key: string; conversation: Conversation; inFolder: boolean }
  | { kind: "more"; key: string; source: Source };

export type Source = "pinned" | "folder" | "recent";

/** Some conversations of a longer list. */
export interface Pages {
  items: Conversation[];
  more: boolean;
}

interface Folder {
  name: string;
  conversations: number;
}

/** What was pinned, the folders (one of which may be open), and the rest by its age. */
export function entriesOf(
  lists: Record<Source, Pages>,
  folders: Folder[],
  openFolder: string | null,
  now: Date,
): Entry[] {
  const entries: Entry[] = [];
  if (lists.pinned.items.length) entries.push({ kind: "heading", key: "pinned", name: "pinned" });
  entries.push(...linesOf(lists.pinned, "pinned"));
  if (folders.length) entries.push({ kind: "heading", key: "folders", name: "folders" });
  for (const { name, conversations: count } of folders) {
    const open = name === openFolder;
    entries.push({ kind: "folder", key: `folder-${name}`, name, count, open });
    if (open) entries.push(...linesOf(lists.folder, "folder"));
  }
  let age: Age | null = null;
  for (const line of linesOf(lists.recent, "recent")) {
    if (line.kind === "conversation") {
      const next = ageOf(line.conversation.updated_at, now);
      if (next !== age) entries.push({ kind: "heading", key: next, name: next });
      age = next;
    }
    entries.push(line);
  }
  return entries;
}

/** A list that is not divided. */
export function linesOf({ items, more }: Pages, source: Source): Entry[] {
  const lines = items.map((conversation): Entry => ({
    kind: "conversation",
    key: `${source}-${conversation.id}`,
    conversation,
    inFolder: source === "folder",
  }));
  return more ? [...lines, { kind: "more", key: `${source}-more`, source }] : lines;
}

/** How long ago something was used, by the days of the viewer's calendar. */
export function ageOf(moment: string, now: Date): Age {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const weekAgo = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 7);
  const used = new Date(moment);
  if (used >= midnight) return "today";
  return used >= weekAgo ? "week" : "older";
}
