import type { ReactNode } from "react";

import styles from "./Badge.module.css";

/** A word that stands out, as of a state. */
export function Badge({ kind = "plain", children }: { kind?: "plain" | "good" | "warning" | "bad"; children: ReactNode }) {
  return <span className={`${styles.badge} ${styles[kind]}`}>{children}</span>;
}
