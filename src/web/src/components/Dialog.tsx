import * as Ariakit from "@ariakit/react";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

interface Props {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  /** False for what must be answered before anything else. */
  dismissable?: boolean;
}

/** A window over the page; focus stays in it and returns to where it was. */
export function Dialog({ title, open, onClose, children, dismissable = true }: Props) {
  const { t } = useTranslation();
  return (
    <Ariakit.Dialog
      open={open}
      onClose={onClose}
      unmountOnHide
      hideOnEscape={dismissable}
      hideOnInteractOutside={dismissable}
      // The library would fix the body's width by a style element, which the policy forbids.
      preventBodyScroll={false}
      backdrop={<div className={styles.backdrop} />}
      className={styles.dialog}
    >
      <header className={styles.header}>
        <Ariakit.DialogHeading className={styles.heading}>{title}</Ariakit.DialogHeading>
        {dismissable ? (
          <IconButton label={t("close")} onClick={onClose}>
            <X size={18} aria-hidden />
          </IconButton>
        ) : null}
      </header>
      {children}
    </Ariakit.Dialog>
  );
}
