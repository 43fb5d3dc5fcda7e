/** Files from the server, fetched so that an expired session is renewed instead of saved. */
import { authorisedFetch, errorOf } from "@/client/api";

/** Fetch `address` and hand it to the person as a file. Throws an ApiError. */
export async function download(address: string, fileName: string): Promise<void> {
  const response = await authorisedFetch(new Request(address));
  if (!response.ok) throw await errorOf(response);
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken hold of the file once this turn is over.
  setTimeout(() => URL.revokeObjectURL(url));
}

/** A title as a file's name, on any system. */
export function fileNameOf(title: string, suffix: string): string {
  const name = title.replace(/[\p{Cc}\\/:*?"<>|\s]+/gu, " ").replace(/^[. ]+/, "").slice(0, 80).trim();
  return `${name || "conversation"}.${suffix}`;
}
