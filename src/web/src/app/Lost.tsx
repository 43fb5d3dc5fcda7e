import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";

import { Button } from "@/components/Button";
import { Empty, ErrorNote } from "@/components/Notes";

/** An address that leads nowhere, or to what the reader may not see. */
export function Unknown() {
  const { t } = useTranslation();
  return (
    <main>
      <Empty title={t("lost.title")}>
        <p>{t("lost.hint")}</p>
        <Link to="/">{t("lost.home")}</Link>
      </Empty>
    </main>
  );
}

/** A view that failed, or whose code could not be fetched because the server was upgraded. */
export function Broken() {
  const { t } = useTranslation();
  return (
    <main>
      <Empty title={t("lost.broken")}>
        <ErrorNote error={useRouteError()} />
        <Button kind="primary" onClick={() => window.location.reload()}>
          {t("lost.reload")}
        </Button>
      </Empty>
    </main>
  );
}
