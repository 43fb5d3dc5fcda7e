import { expect, it } from "vitest";

import { visibleLines } from "./useVisibleLines";

it.each([
  [0, 100, [0, 3]],
  [-50, 40, [0, 1]],
  [40, 80, [1, 2]],
  [39, 81, [0, 3]],
  [1000, 2000, [5, 5]],
])("draws the lines between %d and %d", (from, to, range) => {
  const { first, end, tops } = visibleLines([4, 4, 4, 4, 4], 10, from, to);
  expect([first, end]).toEqual(range);
  expect(tops).toEqual([0, 40, 80, 120, 160, 200]);
});

it("draws nothing of nothing", () => {
  expect(visibleLines([], 16, 0, 500)).toEqual({ first: 0, end: 0, tops: [0] });
});
