import { useTranslation } from "react-i18next";

import { ErrorNote, Waiting } from "@/components/Notes";

import admin from "../Admin.module.css";
import { AnnouncementForm } from "./AnnouncementForm";
import { BrandingForm } from "./BrandingForm";
import { LogoForm } from "./LogoForm";
import { LogLevelForm } from "./LogLevelForm";
import { ModelForm } from "./ModelForm";
import { useRuntimeSettings } from "./queries";
import styles from "./Settings.module.css";

/** What can be changed while the appliance runs. */
export function Settings() {
  const { t } = useTranslation();
  const settings = useRuntimeSettings();
  const found = settings.data;
  return (
    <section className={admin.section} aria-label={t("admin.section.settings")}>
      <ErrorNote error={settings.error} onRetry={() => void settings.refetch()} />
      {settings.isPending ? <Waiting /> : null}
      {found ? (
        <div className={styles.panels}>
          <ModelForm settings={found} />
          <div className={styles.panel}>
            <BrandingForm settings={found} />
            <LogoForm logo={found.logo} />
          </div>
          <AnnouncementForm settings={found} />
          <LogLevelForm settings={found} />
        </div>
      ) : null}
    </section>
  );
}
