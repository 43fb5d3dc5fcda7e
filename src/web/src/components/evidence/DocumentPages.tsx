import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, ZoomIn, ZoomOut } from "lucide-react";
import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "@/client/api";
import { IconButton } from "@/components/Button";
import { submitted } from "@/lib/form";

import styles from "./Evidence.module.css";
import { FindInDocument } from "./FindInDocument";
import { PageView } from "./PageView";

const ZOOMS = [0.5, 0.75, 1, 1.5, 2, 3];
const FITTING = 2;

interface Props {
  documentId: string;
  versionId: string;
  startPage: number;
  /** [page, x0, y0, x1, y1] in points. */
  boxes: number[][];
}

/** A document with pages: one of them, to turn, to enlarge and to search. */
export function DocumentPages({ documentId, versionId, startPage, boxes }: Props) {
  const { t } = useTranslation();
  const [page, setPage] = useState(startPage);
  const [zoom, setZoom] = useState(FITTING);
  const [found, setFound] = useState<number[][]>([]);
  const count = usePageCount(documentId, versionId);
  const last = count ?? startPage;
  const turn = (to: number) => setPage(Math.min(Math.max(1, to), last));
  const go = (event: SyntheticEvent<HTMLFormElement>) => {
    const wanted = Number(submitted(event)("page"));
    if (Number.isInteger(wanted)) turn(wanted);
  };
  return (
    <>
      <div className={styles.pager} role="toolbar" aria-label={t("evidence.pages")}>
        <IconButton label={t("evidence.pageBefore")} onClick={() => turn(page - 1)} disabled={page <= 1} accessibleWhenDisabled>
          <ChevronUp size={18} aria-hidden />
        </IconButton>
        <form onSubmit={go} className={styles.pageForm}>
          <input
            key={page}
            name="page"
            inputMode="numeric"
            defaultValue={page}
            aria-label={t("evidence.pageNumber")}
            className={styles.pageNumber}
          />
          <span>{t("evidence.ofPages", { count: last })}</span>
        </form>
        <IconButton label={t("evidence.pageAfter")} onClick={() => turn(page + 1)} disabled={page >= last} accessibleWhenDisabled>
          <ChevronDown size={18} aria-hidden />
        </IconButton>
        <IconButton label={t("evidence.smaller")} onClick={() => setZoom(zoom - 1)} disabled={zoom <= 0} accessibleWhenDisabled>
          <ZoomOut size={18} aria-hidden />
        </IconButton>
        <IconButton
          label={t("evidence.larger")}
          onClick={() => setZoom(zoom + 1)}
          disabled={zoom >= ZOOMS.length - 1}
          accessibleWhenDisabled
        >
          <ZoomIn size={18} aria-hidden />
        </IconButton>
        <FindInDocument
          documentId={documentId}
          onFound={(where) => {
            setFound(where);
            const first = where[0]?.[0];
            if (first) turn(first);
          }}
        />
      </div>
      <PageView
        documentId={documentId}
        versionId={versionId}
        page={page}
        zoom={ZOOMS[zoom] ?? 1}
        boxes={boxes.filter((box) => box[0] === page)}
        found={found.filter((box) => box[0] === page)}
      />
    </>
  );
}

function usePageCount(documentId: string, versionId: string): number | undefined {
  const { data } = useQuery({
    queryKey: ["documents", documentId],
    queryFn: async ({ signal }) =>
      body(
        await api.GET("/api/v1/documents/{document_id}", {
          params: { path: { document_id: documentId } },
          signal,
        }),
      ),
  });
  return data?.versions.find((version) => version.id === versionId)?.page_count;
}
