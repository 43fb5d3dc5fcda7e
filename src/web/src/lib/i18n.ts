/** The page's languages: one file each in `locales`; what one lacks is shown in English. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import en from "@/locales/en.json";

const LOCALES = import.meta.glob<{ default: Record<string, unknown> }>("../locales/*.json");
const STORED = "rag-language";

/** Codes of all languages there is a file for. */
export const languages = Object.keys(LOCALES).map((path) => path.replace(/.*\/|\.json/g, ""));

/** Start in the chosen language, else the browser's first that there is a file for. */
export async function startTranslations(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  const wanted = [localStorage.getItem(STORED), ...navigator.languages.map((l) => l.slice(0, 2))];
  await show(wanted.find((code) => code && languages.includes(code)) ?? "en");
}

/** Change the language for now and later. */
export async function chooseLanguage(code: string): Promise<void> {
  localStorage.setItem(STORED, code);
  await show(code);
}

async function show(code: string): Promise<void> {
  const load = LOCALES[`../locales/${code}.json`];
  if (code !== "en" && load) i18next.addResourceBundle(code, "translation", (await load()).default);
  await i18next.changeLanguage(code);
  document.documentElement.lang = code;
}
