import { expect, it } from "vitest";

import { fileNameOf } from "./download";

it.each([
  ["What is 1/2?", "What is 1 2.md"],
  ["..\\..\\x", "x.md"],
  ["عقد الإيجار", "عقد الإيجار.md"],
  [" ??? ", "conversation.md"],
])("makes a name of %s that any system takes", (title, name) => {
  expect(fileNameOf(title, "md")).toBe(name);
});
