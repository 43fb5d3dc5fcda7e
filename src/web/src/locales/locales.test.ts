import { expect, it } from "vitest";

import de from "./de.json";
import en from "./en.json";

type Texts = { [key: string]: string | Texts };

function flatten(texts: Texts, path = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[path + key, value]] : flatten(value, `${path}${key}.`),
  );
}

const placeholders = (text: string) => [...text.matchAll(/\{\{\w+\}\}/g)].map((m) => m[0]).sort();

it.each([["de", de]])("%s says everything that English says, with the same placeholders", (_, texts) => {
  const english = flatten(en);
  const other = new Map(flatten(texts));
  // English problems are told in the server's words.
  for (const key of other.keys()) if (key.startsWith("problem.")) other.delete(key);
  expect([...other.keys()].sort()).toEqual(english.map(([key]) => key).sort());
  for (const [key, text] of english) expect([key, placeholders(other.get(key) ?? "")]).toEqual([key, placeholders(text)]);
});
