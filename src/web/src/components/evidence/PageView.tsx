import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { ErrorNote, Waiting } from "@/components/Notes";

import styles from "./Evidence.module.css";
import { PageImage } from "./PageImage";
import { imageQuery, wordsQuery } from "./queries";

const ENLARGED = 3;

interface Props {
  documentId: string;
  versionId: string;
  page: number;
  zoom: number;
  boxes: number[][];
  found: number[][];
}

/** One page as an image, with boxes laid over it and its words for those who listen. */
export function PageView({ documentId, versionId, page, zoom, boxes, found }: Props) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const words = useQuery(wordsQuery(documentId, versionId, page));
  const size = words.data;
  const firstBox = JSON.stringify(found[0] ?? boxes[0] ?? null);
  useEffect(() => {
    const box = JSON.parse(firstBox) as number[] | null;
    const element = frame.current;
    if (!element || !size) return;
    const top = box ? ((box[2] ?? 0) / size.height) * element.scrollHeight : 0;
    element.scrollTo({ top: Math.max(0, top - element.clientHeight / 4) });
  }, [firstBox, size]);

  if (words.error) return <ErrorNote error={words.error} onRetry={() => void words.refetch()} />;
  if (!size) return <Waiting />;
  const text = size.words.map((word) => word.text).join(" ");
  return (
    <div ref={frame} className={styles.frame} tabIndex={0} role="group" aria-label={t("evidence.page", { page })}>
      <div className={styles.page} style={{ width: `${zoom * 100}%`, aspectRatio: `${size.width} / ${size.height}` }}>
        <PageImage query={imageQuery(documentId, versionId, page, zoom > 1 ? ENLARGED : undefined)} alt={text} />
        <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden>
          {boxes.map((box) => (
            <Rectangle key={box.join()} box={box} kind={styles.evidenceBox} />
          ))}
          {found.map((box) => (
            <Rectangle key={box.join()} box={box} kind={styles.foundBox} />
          ))}
        </svg>
      </div>
    </div>
  );
}

function Rectangle({ box, kind }: { box: number[]; kind: string | undefined }) {
  const [, x0 = 0, y0 = 0, x1 = 0, y1 = 0] = box;
  return <rect className={kind} x={x0 - 1} y={y0 - 1} width={x1 - x0 + 2} height={y1 - y0 + 2} rx={1.5} />;
}
