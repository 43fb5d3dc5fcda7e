/** Numbers and times as the reader's language and zone have them. */
import i18next from "i18next";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size such as "3.4 MB". */
export function formatBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return new Intl.NumberFormat(i18next.language, {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: step === 0 ? "long" : "short",
    maximumFractionDigits: step < 2 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}

/** A count with separators. */
export function formatNumber(value: number): string {
  return new Intl.NumberFormat(i18next.language).format(value);
}

/** A moment in the viewer's zone. */
export function formatTime(moment: string): string {
  return new Intl.DateTimeFormat(i18next.language, {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(new Date(moment));
}

/** A day, as of a document. */
export function formatDay(moment: string): string {
  return new Intl.DateTimeFormat(i18next.language, { dateStyle: "medium" }).format(
    new Date(moment),
  );
}

/** A duration such as "1.4 s" or "320 ms". */
export function formatMilliseconds(milliseconds: number): string {
  const seconds = milliseconds >= 1000;
  return new Intl.NumberFormat(i18next.language, {
    style: "unit",
    unit: seconds ? "second" : "millisecond",
    maximumFractionDigits: seconds ? 1 : 0,
  }).format(seconds ? milliseconds / 1000 : milliseconds);
}
