/** What went wrong, in the reader's language. */
import i18next from "i18next";

export interface Problem {
  code: string;
  message: string;
  hint?: string | null;
}

/**
 * The server speaks English. A language says by a problem's code what it says, under `problem` in
 * its file; what it does not say stays in the server's words.
 */
export function inWords({ code, message, hint }: Problem): { message: string; hint: string } {
  const key = `problem.${code}`;
  const options = { lng: i18next.language, fallbackLng: [], message };
  if (!i18next.exists(`${key}.message`, options)) return { message, hint: hint ?? "" };
  return {
    message: i18next.t(`${key}.message`, options),
    hint: hint ? i18next.t(`${key}.hint`, { ...options, defaultValue: hint }) : "",
  };
}

/** The same as one piece of text. */
export function inOneText(problem: Problem): string {
  const { message, hint } = inWords(problem);
  return [message, hint].filter(Boolean).join(" ");
}
