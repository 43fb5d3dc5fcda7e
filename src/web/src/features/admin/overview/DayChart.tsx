import { useTranslation } from "react-i18next";

import { formatDay, formatNumber } from "@/lib/format";

import styles from "./Overview.module.css";
import { topOf } from "./share";

const WIDTH = 560;
const HEIGHT = 160;
const LEFT = 40;
const BOTTOM = 20;
const GAP = 0.25;

interface Props {
  title: string;
  days: { day: string; count: number }[];
}

/** A bar a day, and the same as a table for whoever does not see bars. */
export function DayChart({ title, days }: Props) {
  const { t, i18n } = useTranslation();
  const top = topOf(Math.max(...days.map((day) => day.count)));
  const slot = (WIDTH - LEFT) / days.length;
  const height = (count: number) => (count / top) * (HEIGHT - BOTTOM - 10);
  const short = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "numeric" });
  const base = HEIGHT - BOTTOM;
  return (
    <figure className={styles.chart}>
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {[0, top / 2, top].map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH} y1={base - height(value)} y2={base - height(value)} className={styles.rule} />
            <text x={LEFT - 8} y={base - height(value) + 4} textAnchor="end">
              {formatNumber(value)}
            </text>
          </g>
        ))}
        {days.map(({ day, count }, index) => (
          <g key={day}>
            <rect
              x={LEFT + slot * (index + GAP / 2)}
              y={base - height(count)}
              width={slot * (1 - GAP)}
              height={height(count)}
              rx={2}
              className={styles.barOfDay}
            >
              <title>{`${formatDay(day)}: ${formatNumber(count)}`}</title>
            </rect>
            {index % 3 === (days.length - 1) % 3 ? (
              <text x={LEFT + slot * (index + 0.5)} y={HEIGHT - 4} textAnchor="middle">
                {short.format(new Date(`${day}T12:00`))}
              </text>
            ) : null}
          </g>
        ))}
      </svg>
      <table className="visually-hidden">
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{t("overview.day")}</th>
            <th scope="col">{t("overview.count")}</th>
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, count }) => (
            <tr key={day}>
              <th scope="row">{formatDay(day)}</th>
              <td>{formatNumber(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
