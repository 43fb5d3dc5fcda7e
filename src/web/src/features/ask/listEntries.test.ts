import { expect, it } from "vitest";

import type { Conversation } from "./conversationQueries";
import { ageOf, entriesOf, type Pages } from "./listEntries";

const NOW = new Date(2026, 10, 21, 9, 30);
const none: Pages = { items: [], more: false };

function used(id: string, ...date: [number, number, number, number]): Conversation {
  const moment = new Date(...date).toISOString();
  return {
    id,
    owner_id: "me",
    owner: "me",
    title: id,
    pinned: false,
    archived: false,
    folder: "",
    forked_from: null,
    edited: false,
    created_at: moment,
    updated_at: moment,
  };
}

it.each([
  [new Date(2026, 10, 21, 0, 0), "today"],
  [new Date(2026, 10, 20, 23, 59), "week"],
  [new Date(2026, 10, 14, 0, 0), "week"],
  [new Date(2026, 10, 13, 23, 59), "older"],
  [new Date(2026, 10, 22, 1, 0), "today"],
])("takes the days of the viewer's calendar: %s", (moment, age) => {
  expect(ageOf(moment.toISOString(), NOW)).toBe(age);
});

it("puts pinned ones and folders before the rest, each age under its heading", () => {
  const recent = {
    items: [used("a", 2026, 10, 21, 8), used("b", 2026, 10, 20, 8), used("c", 2026, 10, 19, 8), used("d", 2025, 0, 1, 8)],
    more: true,
  };
  const lists = { pinned: { items: [used("p", 2020, 0, 1, 1)], more: false }, folder: { items: [used("f", 2026, 0, 1, 1)], more: false }, recent };
  const folders = [
    { name: "Leases", conversations: 1 },
    { name: "Other", conversations: 2 },
  ];
  expect(entriesOf(lists, folders, "Leases", NOW).map((e) => e.key)).toEqual([
    "pinned", "pinned-p", "folders", "folder-Leases", "folder-f", "folder-Other",
    "today", "recent-a", "week", "recent-b", "recent-c", "older", "recent-d", "recent-more",
  ]);
});

it("has no heading without what belongs under it", () => {
  expect(entriesOf({ pinned: none, folder: none, recent: none }, [], null, NOW)).toEqual([]);
});
