import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { IconButton } from "./Button";
import { Field } from "./Field";
import { Note } from "./Notes";
import styles from "./Secret.module.css";

/** A password or a key that is shown this once, to be copied. */
export function Secret({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <div className={styles.secret}>
      <Field label={label}>
        {(ids) => (
          <div className={styles.line}>
            <input {...ids} readOnly value={value} spellCheck={false} onFocus={(event) => event.target.select()} />
            {/* Browsers lend the clipboard to encrypted pages only; elsewhere the text is selected. */}
            {window.isSecureContext ? (
              <IconButton label={t(copied ? "secret.copied" : "secret.copy")} onClick={() => void copy()}>
                {copied ? <Check size={18} aria-hidden /> : <Copy size={18} aria-hidden />}
              </IconButton>
            ) : null}
          </div>
        )}
      </Field>
      <Note kind="warning">{t("secret.once")}</Note>
    </div>
  );
}
