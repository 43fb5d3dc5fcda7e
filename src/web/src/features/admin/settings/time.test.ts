import { expect, it } from "vitest";

import { localTime } from "./time";

it("comes back as the same moment", () => {
  const moment = new Date(2030, 2, 4, 5, 6).toISOString();
  expect(localTime(moment)).toBe("2030-03-04T05:06");
  expect(new Date(localTime(moment)).toISOString()).toBe(moment);
});
