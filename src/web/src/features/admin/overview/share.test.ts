import { expect, it } from "vitest";

import { share, topOf } from "./share";

it("writes shares in the reader's language", () => {
  expect(share(1, 8, "en")).toBe("12.5%");
  expect(share(1, 8, "de")).toBe("12,5\u00a0%");
  expect(share(0, 0, "en")).toBe("–");
});

it("ends a chart at a round number that nothing exceeds", () => {
  expect([0, 3, 4, 5, 17, 20, 21, 99, 101].map(topOf)).toEqual([4, 4, 4, 5, 20, 20, 50, 100, 200]);
});
