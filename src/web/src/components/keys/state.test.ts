import { expect, it } from "vitest";

import { stateOf } from "./state";

const NOW = new Date("2030-01-02T00:00:00Z");

it("says whether a key works", () => {
  expect(stateOf({ revoked_at: null, expires_at: "2030-01-03T00:00:00Z" }, NOW)).toBe("live");
  expect(stateOf({ revoked_at: null, expires_at: "2030-01-02T00:00:00Z" }, NOW)).toBe("expired");
  expect(stateOf({ revoked_at: "2029-01-01T00:00:00Z", expires_at: "2029-06-01T00:00:00Z" }, NOW)).toBe("revoked");
});
