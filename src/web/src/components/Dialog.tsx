import * as Ariakit from "@ariakit/react";
import { X } from "lucide-react";
import { type ReactNode, type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { useFinalFocus, useKeptFocus } from "@/lib/finalFocus";

import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

const FIELDS = "input:not([type=hidden], [readonly]), select, textarea";

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
  const dialog = useRef<HTMLDivElement>(null);
  const finalFocus = useFinalFocus(open);
  // Whoever opens a form comes to fill it in.
  const [initialFocus] = useState(() => ({
    get current() {
      return dialog.current?.querySelector<HTMLElement>(FIELDS) ?? null;
    },
  }));
  return (
    <Ariakit.Dialog
      ref={dialog}
      open={open}
      onClose={onClose}
      unmountOnHide
      initialFocus={initialFocus}
      finalFocus={finalFocus}
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
      <KeepsFocus within={dialog} />
    </Ariakit.Dialog>
  );
}

/** There while the window is. */
function KeepsFocus({ within }: { within: RefObject<HTMLElement | null> }) {
  useKeptFocus(within);
  return null;
}
