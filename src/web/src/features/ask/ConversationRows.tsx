import { ChevronRight, Folder } from "lucide-react";
import { useEffect, useEffectEvent, useRef } from "react";
import { useTranslation } from "react-i18next";

import styles from "./ConversationList.module.css";
import { ConversationRow } from "./ConversationRow";
import type { Entry, Source } from "./listEntries";
import { useVisibleLines } from "./useVisibleLines";

// In rem, as the style sheet has them.
const LINE = 2.25;
const HEADING = 2;

interface Props {
  entries: Entry[];
  onFolder: (name: string) => void;
  /** The end of a list that goes on came into view. */
  onMore: (source: Source) => void;
}

/** The lines of the list; only those in view are drawn. */
export function ConversationRows({ entries, onFolder, onMore }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const heights = entries.map((entry) => (entry.kind === "heading" ? HEADING : LINE));
  const { first, end, tops } = useVisibleLines(box, heights);
  return (
    <div ref={box} className={styles.items}>
      <ul style={{ height: tops.at(-1) }}>
        {entries.slice(first, end).map((entry, at) => (
          <li key={entry.key} style={{ transform: `translateY(${tops[first + at] ?? 0}px)` }}>
            <Line entry={entry} onFolder={onFolder} onMore={onMore} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Line({ entry, onFolder, onMore }: { entry: Entry } & Pick<Props, "onFolder" | "onMore">) {
  const { t } = useTranslation();
  switch (entry.kind) {
    case "heading":
      return <h2 className={styles.heading}>{t(`conversations.group.${entry.name}`)}</h2>;
    case "folder":
      return (
        <button
          type="button"
          className={styles.folder}
          aria-expanded={entry.open}
          onClick={() => onFolder(entry.name)}
        >
          <ChevronRight size={14} aria-hidden className={styles.chevron} />
          <Folder size={15} aria-hidden />
          <span dir="auto">{entry.name}</span>
          <span className={styles.count}>{entry.count}</span>
        </button>
      );
    case "conversation":
      return <ConversationRow conversation={entry.conversation} inFolder={entry.inFolder} />;
    case "more":
      return <More onSeen={() => onMore(entry.source)} />;
  }
}

/** Asks for the next page as soon as it is drawn. */
function More({ onSeen }: { onSeen: () => void }) {
  const { t } = useTranslation();
  const seen = useEffectEvent(onSeen);
  useEffect(() => seen());
  return <p className={styles.none}>{t("loading")}</p>;
}
