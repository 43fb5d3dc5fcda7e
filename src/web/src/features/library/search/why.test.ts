import { describe, expect, it } from "vitest";

import type { Schemas } from "@/client/api";

import { bestLexical, piecesOf, reasonOf } from "./why";

const passage = (dense_score: number | null, lexical_score: number | null) =>
  ({ dense_score, lexical_score }) as Schemas["PassageBody"];

const asked = (text: string, query: string) =>
  piecesOf(text, query)
    .filter((piece) => piece.asked)
    .map((piece) => piece.text);

it("says by what a passage was found", () => {
  expect(reasonOf(passage(0.6, 12))).toBe("both");
  expect(reasonOf(passage(0.6, null))).toBe("meaning");
  expect(reasonOf(passage(null, 0))).toBe("words");
  expect(reasonOf(passage(null, null))).toBe("neither");
});

it("measures words against the best of the list", () => {
  expect(bestLexical([passage(0.2, 3), passage(null, 9), passage(0.1, null)])).toBe(9);
  expect(bestLexical([])).toBe(0);
});

describe("the words asked for", () => {
  it("leave the text whole", () => {
    const text = "The lease — of the Warehouse (2023) ends.";
    expect(piecesOf(text, "warehouse lease").map((piece) => piece.text).join("")).toBe(text);
  });

  it("are found whatever their case, accents and endings", () => {
    expect(asked("Die Kündigungsfrist der LEASES und Verträge", "kundigungsfrist lease vertrag")).toEqual([
      "Kündigungsfrist",
      "LEASES",
      "Verträge",
    ]);
  });

  it("are whole words, not parts of others", () => {
    expect(asked("The report was reported by reporters on art and the party", "report art")).toEqual([
      "report",
      "reported",
      "art",
    ]);
  });

  it("do not count when they stand in every sentence", () => {
    expect(asked("What is the end of the R 5 road?", "what does the r 5 cost")).toEqual(["R", "5"]);
  });

  it("may be none", () => {
    expect(piecesOf("text", "?!")).toEqual([{ text: "text", asked: false }]);
    expect(piecesOf("", "text")).toEqual([]);
  });
});
