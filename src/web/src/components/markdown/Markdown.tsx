import { createContext, memo, type ReactNode, useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

import styles from "./Markdown.module.css";
import { type Marks, remarkAnswer } from "./remarkAnswer";
import { splitBlocks } from "./blocks";

export interface Span {
  start: number;
  end: number;
}

interface Props {
  text: string;
  markers: ReadonlySet<number>;
  /** Unsupported sentences, in code points of the text. */
  unsupported: readonly Span[];
  renderCitation: (marker: number) => ReactNode;
}

const Citation = createContext<(marker: number) => ReactNode>(() => null);

/**
 * A model's text as Markdown, with nothing of it trusted: no HTML, no image, no link that leads
 * anywhere. Blocks that stand are not drawn again while the next one is being written.
 */
export function Markdown({ text, markers, unsupported, renderCitation }: Props) {
  const blocks = useMemo(() => splitBlocks(text), [text]);
  const spans = useMemo(() => toUnits(text, unsupported), [text, unsupported]);
  // Numbers in one string, so that a set with the same ones makes no block be drawn again.
  const numbers = [...markers].join(",");
  return (
    <Citation value={renderCitation}>
      <div className={styles.text} dir="auto">
        {blocks.map((block) => (
          <Block key={block.start} text={block.text} numbers={numbers} spans={spansWithin(spans, block)} />
        ))}
      </div>
    </Citation>
  );
}

interface BlockProps {
  text: string;
  numbers: string;
  spans: string;
}

const Block = memo(function Block({ text, numbers, spans }: BlockProps) {
  const marks: Marks = {
    markers: new Set(numbers.split(",").map(Number)),
    unsupported: JSON.parse(spans) as [number, number][],
  };
  return (
    <ReactMarkdown remarkPlugins={[remarkGfm, [remarkAnswer, marks]]} components={components}>
      {text}
    </ReactMarkdown>
  );
});

const components: Components = {
  // A link of a model may carry what it read to elsewhere: it is shown, and leads nowhere.
  a: ({ href, children }) => (
    <span className={styles.link}>
      {children}
      {href && !isSame(children, href) ? ` (${href})` : null}
    </span>
  ),
  img: ({ alt }) => <span className={styles.link}>{alt}</span>,
  table: ({ children }) => (
    <div className={styles.scroll} tabIndex={0} role="group">
      <table>{children}</table>
    </div>
  ),
  cite: function Cite({ node }) {
    return <>{useContext(Citation)(Number(node?.properties.dataMarker))}</>;
  },
  mark: function Unsupported({ children }) {
    const { t } = useTranslation();
    return (
      <span className={styles.unsupported} title={t("answer.unsupported")}>
        {children}
        <span className="visually-hidden"> ({t("answer.unsupported")})</span>
      </span>
    );
  },
};

function isSame(children: ReactNode, href: string): boolean {
  return typeof children === "string" && (children === href || `mailto:${children}` === href);
}

/** Offsets in code points as offsets in JavaScript's units. */
function toUnits(text: string, spans: readonly Span[]): [number, number][] {
  if (spans.length === 0) return [];
  const units: number[] = [];
  let unit = 0;
  for (const character of text) {
    units.push(unit);
    unit += character.length;
  }
  units.push(unit);
  return spans.map(({ start, end }) => [units[start] ?? unit, units[end] ?? unit]);
}

function spansWithin(spans: [number, number][], block: { text: string; start: number }): string {
  const within = spans
    .map(([start, end]): [number, number] => [
      Math.max(0, start - block.start),
      Math.min(block.text.length, end - block.start),
    ])
    .filter(([start, end]) => start < end);
  return JSON.stringify(within);
}
