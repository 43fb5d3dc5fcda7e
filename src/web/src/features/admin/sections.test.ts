import { expect, it } from "vitest";

import { sectionsOf } from "./sections";

it("opens to each role what the server opens to it", () => {
  expect(sectionsOf("admin")).toContain("people");
  expect(sectionsOf("admin")).not.toContain("audit");
  expect(sectionsOf("auditor")).toEqual(["audit"]);
  expect(sectionsOf("member")).toEqual([]);
});
