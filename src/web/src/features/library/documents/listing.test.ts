import { describe, expect, it } from "vitest";

import { readListing, sortedBy, toQuery, writeListing } from "./listing";

const read = (address: string) => readListing(new URLSearchParams(address));

describe("the address of a list", () => {
  it("shows the newest first when it says nothing", () => {
    expect(read("")).toEqual({ text: "", status: null, type: null, sort: "created_at", descending: true, page: 1 });
  });

  it("is read back as it was written", () => {
    const listing = read("text=lease&status=failed&type=application%2Fpdf&sort=size_bytes&order=desc&page=3");
    expect(listing).toEqual({
      text: "lease",
      status: "failed",
      type: "application/pdf",
      sort: "size_bytes",
      descending: true,
      page: 3,
    });
    expect(read(writeListing(listing, { page: 3 }).toString())).toEqual(listing);
  });

  it("says nothing of what goes without saying", () => {
    expect(writeListing(read("page=4"), { page: 1 }).toString()).toBe("");
  });

  it("counts what it says wrongly as not said", () => {
    expect(read("status=lost&sort=secret&page=-2")).toEqual({ ...read(""), descending: false });
    expect(read("page=1.5").page).toBe(1);
  });

  it("goes back to the first page when something else changes", () => {
    expect(readListing(writeListing(read("page=7"), { text: "a" })).page).toBe(1);
  });
});

it("sorts upwards first and the other way at the second click", () => {
  const once = { ...read(""), ...sortedBy(read(""), "name") };
  expect([once.sort, once.descending]).toEqual(["name", false]);
  expect(sortedBy(once, "name")).toEqual({ sort: "name", descending: true });
});

it("asks the server for the page that is shown", () => {
  expect(toQuery(read("page=3&text=%20a%20"), "shelf")).toMatchObject({
    collection_id: "shelf",
    name: "a",
    limit: 50,
    offset: 100,
    status: null,
  });
});
