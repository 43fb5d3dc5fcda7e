import { FilePlus2, FolderPlus } from "lucide-react";
import { type DragEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";

import { chosenFiles, droppedFiles } from "./files";
import styles from "./Uploads.module.css";
import { uploads } from "./useUploads";

/** Takes files and folders that are dropped on what it holds. */
export function DropZone({ collectionId, children }: { collectionId: string; children: ReactNode }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const holdsFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    setError(null);
    droppedFiles(event.dataTransfer.items).then((files) => uploads.add(collectionId, files), setError);
  };
  return (
    <div
      className={styles.zone}
      onDragOver={(event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOver(false);
      }}
      onDrop={drop}
    >
      <ErrorNote error={error} />
      {children}
      {over ? (
        <div className={styles.over} aria-hidden>
          {t("upload.drop")}
        </div>
      ) : null}
    </div>
  );
}

interface Props {
  collectionId: string;
  kind: "primary" | "plain";
}

/** Choose files, or a folder with all it holds. */
export function UploadButtons({ collectionId, kind }: Props) {
  const { t } = useTranslation();
  return (
    <div className={styles.buttons}>
      <Choose collectionId={collectionId} kind={kind} icon={<FilePlus2 size={18} aria-hidden />} label={t("upload.files")} />
      <Choose
        collectionId={collectionId}
        kind="plain"
        icon={<FolderPlus size={18} aria-hidden />}
        label={t("upload.folder")}
        folder
      />
    </div>
  );
}

interface ChooseProps extends Props {
  icon: ReactNode;
  label: string;
  folder?: boolean;
}

function Choose({ collectionId, kind, icon, label, folder = false }: ChooseProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current) input.current.webkitdirectory = folder;
  }, [folder]);
  return (
    <>
      <Button kind={kind} icon={icon} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        onChange={(event) => {
          uploads.add(collectionId, chosenFiles(event.target.files ?? []));
          // So that the same file can be chosen again.
          event.target.value = "";
        }}
      />
    </>
  );
}
