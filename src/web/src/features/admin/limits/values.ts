/** Limits as they are typed and as the server takes them. */
import type { Values } from "./queries";

export const NAMES = [
  "requests_per_minute",
  "queries_per_minute",
  "queries_per_day",
  "upload_bytes_per_day",
  "storage_bytes",
] as const;

export type Name = (typeof NAMES)[number];

const MEGABYTE = 1_000_000;

/** Whether a limit is of bytes, which are typed in megabytes. */
export function isBytes(name: Name): boolean {
  return name.endsWith("bytes") || name.includes("_bytes_");
}

/** What stands in a field: nothing where nothing is set. */
export function shown(name: Name, value: number | null): string {
  if (value === null) return "";
  return String(isBytes(name) ? value / MEGABYTE : value);
}

/** What was typed; nothing lets the groups' limit or the default hold. */
export function typedValues(typed: (name: string) => string, names: readonly Name[]): Partial<Values> {
  return Object.fromEntries(
    names.map((name) => {
      const text = typed(name).trim();
      return [name, text === "" ? null : Math.round(Number(text) * (isBytes(name) ? MEGABYTE : 1))];
    }),
  );
}
