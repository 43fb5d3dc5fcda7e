import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";

import styles from "./Evidence.module.css";

/** A passage of a document that has no pages: where it stands, and its words. */
export function SectionView({ passage }: { passage: Schemas["PassageBody"] }) {
  const { t } = useTranslation();
  return (
    <div className={styles.section} tabIndex={0} role="group" aria-label={t("evidence.section")}>
      <ol className={styles.headings}>
        {passage.heading_path.map((heading, depth) => (
          <li key={`${depth}-${heading}`} dir="auto">
            {heading}
          </li>
        ))}
      </ol>
      <mark dir="auto">{passage.text}</mark>
    </div>
  );
}
