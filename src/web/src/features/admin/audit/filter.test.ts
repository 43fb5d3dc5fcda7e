import { expect, it } from "vitest";

import { asQuery, exportAddress, filterOf } from "./filter";

it("reads the address and leaves out what says nothing", () => {
  const filter = filterOf(new URLSearchParams("actor= ann &outcome=maybe&since=soon"));
  expect(asQuery(filter)).toEqual({ actor: "ann", event: null, target: null, outcome: null, since: null, until: null });
});

it("takes days as whole days of the viewer's clock", () => {
  const { since, until } = asQuery(filterOf(new URLSearchParams("since=2030-03-31&until=2030-03-31")));
  expect(new Date(since ?? "").getHours()).toBe(0);
  expect(new Date(until ?? "").getDate()).toBe(1);
});

it("exports what is shown", () => {
  const address = exportAddress(filterOf(new URLSearchParams("event=session:login")), "csv");
  expect(address).toBe("/api/v1/audit/export?format=csv&event=session%3Alogin");
});
