import { useTranslation } from "react-i18next";

import { formatMilliseconds, formatNumber } from "@/lib/format";

import type { Answer, Evidence } from "./answer";
import styles from "./Thread.module.css";

/** What an answer was made from: passages, tokens and times. */
export function ModelSaw({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const { outcome } = answer;
  const facts: [string, string | null | undefined][] = [
    [t("saw.model"), outcome?.model ?? t("saw.noModel")],
    [t("saw.searched"), answer.searchQuery],
    [t("saw.confidence"), outcome ? `${Math.round(outcome.confidence * 100)} %` : null],
    [
      t("saw.tokens"),
      outcome?.budget
        ? t("saw.tokensOf", {
            used: formatNumber(outcome.budget.prompt_tokens + outcome.budget.completion_tokens),
            all: formatNumber(outcome.budget.num_ctx),
          })
        : null,
    ],
    ...Object.entries(outcome?.timings ?? {}).map(([name, value]): [string, string] => [
      t(`saw.time.${name}`, { defaultValue: name }),
      formatMilliseconds(value),
    ]),
  ];
  return (
    <div className={styles.saw}>
      <dl>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <Passages title={t("saw.used")} items={answer.evidence.filter((e) => !e.dropped)} />
      <Passages title={t("saw.dropped")} items={answer.evidence.filter((e) => e.dropped)} />
    </div>
  );
}

function Passages({ title, items }: { title: string; items: Evidence[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ol className={styles.passages}>
        {items.map(({ marker, passage }) => (
          <li key={marker} value={marker}>
            <details>
              <summary dir="auto">{passage.document_name}</summary>
              <p dir="auto">{passage.text}</p>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
