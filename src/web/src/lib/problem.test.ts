import i18next from "i18next";
import { afterEach, describe, expect, it } from "vitest";

import de from "@/locales/de.json";

import { inOneText, inWords } from "./problem";

const EMPTY = { code: "empty_file", message: "Nothing in it.", hint: "Check it." };

afterEach(() => i18next.changeLanguage("en"));

it("leaves English as the server wrote it, which tells more than its code", () => {
  expect(inOneText(EMPTY)).toBe("Nothing in it. Check it.");
});

describe("in another language", () => {
  it("says what the code means", async () => {
    i18next.addResourceBundle("de", "translation", de);
    await i18next.changeLanguage("de");
    expect(inWords(EMPTY)).toEqual(de.problem.empty_file);
  });

  it("keeps what tells more than its code, and what it has no words for", async () => {
    await i18next.changeLanguage("de");
    expect(inWords({ code: "conflict", message: "Gone.", hint: null })).toEqual({
      message: "Das geht im Augenblick nicht: Gone.",
      hint: "",
    });
    expect(inOneText({ ...EMPTY, code: "quite_new" })).toBe("Nothing in it. Check it.");
  });
});
