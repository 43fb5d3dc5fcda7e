import { Link } from "react-router";

import styles from "./Tabs.module.css";

interface Props {
  label: string;
  /** The name of each side and the address it leads to. */
  tabs: { name: string; to: string; shown: boolean }[];
}

/** Sides of one thing, each with an address of its own. */
export function Tabs({ label, tabs }: Props) {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {tabs.map(({ name, to, shown }) => (
        <Link key={to} to={to} replace aria-current={shown ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
