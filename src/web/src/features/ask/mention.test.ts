import { expect, it } from "vitest";

import { findTrigger, withoutTrigger } from "./mention";

it("finds the word at the caret that begins with a sign", () => {
  expect(findTrigger("what in #con", 12)).toEqual({ kind: "collections", search: "con", start: 8, end: 12 });
  expect(findTrigger("@", 1)).toMatchObject({ kind: "documents", search: "" });
});

it("takes no number sign within a word, and none that the caret has left", () => {
  expect(findTrigger("C# code", 2)).toBeNull();
  expect(findTrigger("mail a@b.example", 16)).toBeNull();
  expect(findTrigger("#con and", 8)).toBeNull();
});

it("takes the word out of the text", () => {
  const text = "what in #con is new";
  const trigger = findTrigger(text, 12);
  expect(trigger && withoutTrigger(text, trigger)).toBe("what in is new");
});
