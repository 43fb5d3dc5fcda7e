import { expect, it } from "vitest";

import { splitBlocks } from "./blocks";

it("cuts at blank lines and says where each block begins", () => {
  const text = "One\ntwo\n\n\nthree\n";
  const blocks = splitBlocks(text);
  expect(blocks.map((b) => b.text.trim())).toEqual(["One\ntwo", "three"]);
  for (const block of blocks) expect(text.slice(block.start)).toMatch(block.text.trim());
});

it("leaves fenced code whole, also one that is still being written", () => {
  expect(splitBlocks("```\na\n\nb\n```\n\nafter").map((b) => b.text)).toEqual(["```\na\n\nb\n```\n", "after"]);
  expect(splitBlocks("~~~~\na\n\n~~~\n\nb")).toHaveLength(1);
});
