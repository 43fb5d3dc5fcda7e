import { useTranslation } from "react-i18next";

import { Badge } from "@/components/Badge";

/** Whether bytes have left where they were. */
export function Gone({ gone }: { gone: boolean }) {
  const { t } = useTranslation();
  return <Badge kind={gone ? "good" : "warning"}>{t(gone ? "receipts.gone" : "receipts.going")}</Badge>;
}
