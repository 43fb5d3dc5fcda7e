import type { ReactNode } from "react";

import styles from "./Table.module.css";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand on the right, under each other. */
  number?: boolean;
  /** What is short stands on one line. */
  whole?: boolean;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string | number;
  /** What can be done with a row, and what that column is called. */
  actions?: { title: string; cell: (row: Row) => ReactNode };
}

/** Rows under headings; on a narrow screen each row is a card with the headings beside its values. */
export function Table<Row>({ label, columns, rows, keyOf, actions }: Props<Row>) {
  return (
    <table className={styles.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" data-number={column.number || undefined}>
              {column.title}
            </th>
          ))}
          {actions ? (
            <th scope="col">
              <span className="visually-hidden">{actions.title}</span>
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.title} data-label={column.title} data-number={column.number || undefined}>
                <span className={column.whole ? styles.whole : undefined}>{column.cell(row)}</span>
              </td>
            ))}
            {actions ? <td className={styles.actions}>{actions.cell(row)}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
