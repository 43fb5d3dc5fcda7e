import { useQuery } from "@tanstack/react-query";
import { Info, TriangleAlert, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "@/client/api";

import styles from "./Announcement.module.css";
import { IconButton } from "./Button";

const EVERY_MS = 60_000;

/** What administrators tell everyone; it can be put away until they tell something else. */
export function Announcement() {
  const { t } = useTranslation();
  const [away, setAway] = useState("");
  const { data } = useQuery({
    queryKey: ["announcement"],
    refetchInterval: EVERY_MS,
    queryFn: async ({ signal }) => body(await api.GET("/api/v1/announcement", { signal })).announcement,
  });
  if (!data || data.text === away) return null;
  const Icon = data.severity === "info" ? Info : TriangleAlert;
  return (
    <aside className={`${styles.banner} ${styles[data.severity]}`} aria-label={t("announcement.title")}>
      <Icon size={18} aria-hidden />
      <p dir="auto">{data.text}</p>
      <IconButton label={t("announcement.putAway")} onClick={() => setAway(data.text)}>
        <X size={16} aria-hidden />
      </IconButton>
    </aside>
  );
}
