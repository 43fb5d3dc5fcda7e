/** Files as they are chosen or dropped, with the folders they came in. */

/** A file and the name it is to have, folders included. */
export interface NamedFile {
  file: File;
  name: string;
}

/** What systems leave in every folder. */
const LITTER = new Set([".ds_store", "thumbs.db", "desktop.ini"]);

/** Files of an input; those of a chosen folder keep their path in it. */
export function chosenFiles(files: Iterable<File>): NamedFile[] {
  return [...files]
    .map((file) => ({ file, name: file.webkitRelativePath || file.name }))
    .filter(isWanted);
}

/**
 * Files of a drop, those within folders too.
 *
 * The list of a drop is gone once its event is over, so it is read before anything is awaited.
 */
export async function droppedFiles(items: Iterable<DataTransferItem>): Promise<NamedFile[]> {
  // What another program hands over, such as an attachment, is a file without an entry.
  const dropped = [...items].map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: NamedFile[] = [];
  for (const one of dropped) {
    if (one instanceof File) found.push({ file: one, name: one.name });
    else if (one) await collect(one, found);
  }
  return found.filter(isWanted);
}

async function collect(entry: FileSystemEntry, found: NamedFile[]): Promise<void> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, name: entry.fullPath.replace(/^\//, "") });
  } else if (isFolder(entry)) {
    const reader = entry.createReader();
    // A reader gives a hundred at a time, and none at the end.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return;
      for (const child of some) await collect(child, found);
    }
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isWanted({ name }: NamedFile): boolean {
  return !LITTER.has((name.split("/").pop() ?? "").toLowerCase());
}
