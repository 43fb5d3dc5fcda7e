import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, NavLink, Outlet, useLocation } from "react-router";

import { Empty } from "@/components/Notes";
import { useUser } from "@/lib/session";

import styles from "./Admin.module.css";
import { sectionsOf } from "./sections";

/** The frame of the administration: its sections, and the one that is open. */
export function Admin() {
  const { t } = useTranslation();
  const user = useUser();
  const { pathname } = useLocation();
  const sections = sectionsOf(user.role);
  const open = pathname.split("/")[2];
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the bar scrolls, and the chosen one may be out of sight.
    bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [open]);
  if (sections[0] === undefined) {
    return (
      <main className={styles.page}>
        <Empty title={t("admin.notYours")} />
      </main>
    );
  }
  if (!sections.some((section) => section === open)) return <Navigate to={`/admin/${sections[0]}`} replace />;
  return (
    <main className={styles.page}>
      <h1>{t("admin.title")}</h1>
      {sections.length > 1 ? (
        <nav ref={bar} className={styles.sections} aria-label={t("admin.sections")}>
          {sections.map((section) => (
            <NavLink key={section} to={`/admin/${section}`}>
              {t(`admin.section.${section}`)}
            </NavLink>
          ))}
        </nav>
      ) : null}
      <Outlet />
    </main>
  );
}
