import { useMutation } from "@tanstack/react-query";
import { Search } from "lucide-react";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "@/client/api";
import { submitted } from "@/lib/form";

import styles from "./Evidence.module.css";

interface Props {
  documentId: string;
  /** Boxes of the passages found, the best first. */
  onFound: (boxes: number[][]) => void;
}

/** Finds words within one document. */
export function FindInDocument({ documentId, onFound }: Props) {
  const { t } = useTranslation();
  const find = useMutation({
    mutationFn: async (query: string) =>
      body(
        await api.POST("/api/v1/search", {
          body: { query, document_ids: [documentId], strategy: "lexical", top_k: 10 },
        }),
      ).passages,
    onSuccess: (passages) => onFound(passages.flatMap((passage) => passage.boxes)),
  });
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const query = submitted(event)("query").trim();
    if (query) find.mutate(query);
  };
  return (
    <form role="search" onSubmit={submit} className={styles.find}>
      <Search size={15} aria-hidden />
      <input type="search" name="query" aria-label={t("evidence.find")} placeholder={t("evidence.find")} />
      <span role="status" className={styles.findStatus}>
        {find.isSuccess ? t("evidence.found", { count: find.data.length }) : null}
      </span>
    </form>
  );
}
