import { expect, it } from "vitest";

import { chosenFiles, droppedFiles } from "./files";

const fileOf = (name: string) => new File(["x"], name);

function fileEntry(path: string): FileSystemEntry {
  const file = (found: (file: File) => void) => found(fileOf(path.split("/").pop() ?? ""));
  return { isFile: true, isDirectory: false, fullPath: path, file } as unknown as FileSystemEntry;
}

/** A folder whose reader gives two entries at a time, as browsers give a hundred. */
function folder(children: FileSystemEntry[]): FileSystemEntry {
  const createReader = () => {
    const left = [...children];
    return { readEntries: (found: (some: FileSystemEntry[]) => void) => found(left.splice(0, 2)) };
  };
  return { isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

const item = (entry: FileSystemEntry | null, file: File | null = null) =>
  ({ webkitGetAsEntry: () => entry, getAsFile: () => file }) as unknown as DataTransferItem;

it("keeps the path within a chosen folder, and leaves out what systems put there", () => {
  const inside = Object.defineProperty(fileOf("a.pdf"), "webkitRelativePath", { value: "reports/2023/a.pdf" });
  const litter = Object.defineProperty(fileOf("Thumbs.db"), "webkitRelativePath", { value: "reports/Thumbs.db" });
  const names = chosenFiles([inside, litter, fileOf("b.txt")]).map(({ name }) => name);
  expect(names).toEqual(["reports/2023/a.pdf", "b.txt"]);
});

it("reads dropped folders to their end, however few a reader gives at once", async () => {
  const many = ["/r/1.txt", "/r/2.txt", "/r/3.txt", "/r/.DS_Store", "/r/4.txt", "/r/5.txt"].map(fileEntry);
  const dropped = await droppedFiles([item(folder([folder(many), fileEntry("/r/6.txt")])), item(fileEntry("/7.txt")), item(null)]);
  expect(dropped.map(({ name }) => name)).toEqual([
    "r/1.txt",
    "r/2.txt",
    "r/3.txt",
    "r/4.txt",
    "r/5.txt",
    "r/6.txt",
    "7.txt",
  ]);
});

it("takes a file that another program hands over", async () => {
  const dropped = await droppedFiles([item(null, fileOf("attachment.eml"))]);
  expect(dropped.map(({ name }) => name)).toEqual(["attachment.eml"]);
});
