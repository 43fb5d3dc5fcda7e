import { expect, it } from "vitest";

import { shown, typedValues } from "./values";

it("types bytes in megabytes and tells nothing from nought", () => {
  expect(shown("storage_bytes", 2_500_000)).toBe("2.5");
  expect(shown("queries_per_day", 0)).toBe("0");
  expect(shown("queries_per_day", null)).toBe("");
  const typed: Record<string, string> = { queries_per_day: " 20 ", storage_bytes: "2.5", upload_bytes_per_day: "0" };
  expect(
    typedValues((name) => typed[name] ?? "", ["queries_per_minute", "queries_per_day", "storage_bytes", "upload_bytes_per_day"]),
  ).toEqual({ queries_per_minute: null, queries_per_day: 20, storage_bytes: 2_500_000, upload_bytes_per_day: 0 });
});
