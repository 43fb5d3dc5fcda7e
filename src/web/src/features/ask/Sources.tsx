import { FileText } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { Answer, Evidence } from "./answer";
import styles from "./Thread.module.css";

interface Props {
  answer: Answer;
  current: number | null;
  onOpen: (marker: number) => void;
}

/** The passages an answer cites; the nearest ones where nothing was found. */
export function Sources({ answer, current, onOpen }: Props) {
  const { t } = useTranslation();
  const shown = shownEvidence(answer);
  if (answer.writing || shown.length === 0) return null;
  return (
    <section className={styles.sources}>
      <h2>{t(answer.outcome?.mode === "not_found" ? "answer.nearest" : "answer.sources")}</h2>
      <ol>
        {shown.map(({ marker, passage }) => (
          <li key={marker}>
            <button type="button" aria-expanded={current === marker} onClick={() => onOpen(marker)}>
              <span className={styles.number}>{marker}</span>
              <FileText size={16} aria-hidden />
              <span className={styles.sourceName} dir="auto">
                {passage.document_name}
              </span>
              <span className={styles.place} dir="auto">
                {passage.page_start ? t("answer.page", { page: passage.page_start }) : passage.heading_path.at(-1)}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <Printed evidence={shown} />
    </section>
  );
}

/** The passages themselves, for paper: nothing can be clicked there. */
function Printed({ evidence }: { evidence: Evidence[] }) {
  const { t } = useTranslation();
  return (
    <dl className={styles.printed}>
      {evidence.map(({ marker, passage }) => (
        <div key={marker}>
          <dt dir="auto">
            [{marker}] {passage.document_name}
            {passage.page_start ? `, ${t("answer.page", { page: passage.page_start })}` : null}
          </dt>
          <dd dir="auto">{passage.text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the text cites; when it cites nothing, all that was found. */
export function shownEvidence(answer: Answer): Evidence[] {
  const used = answer.evidence.filter((e) => !e.dropped);
  const cited = used.filter((e) => answer.text.includes(`[${e.marker}]`));
  if (cited.length > 0) return cited;
  return answer.outcome?.mode === "not_found" ? used : [];
}
