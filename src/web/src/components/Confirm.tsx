import type { ReactNode } from "react";

import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { ErrorNote } from "./Notes";

interface Props {
  title: string;
  action: string;
  open: boolean;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Asks before what cannot be undone. */
export function Confirm({ title, action, open, busy, error, onConfirm, onClose, children }: Props) {
  return (
    <Dialog title={title} open={open} onClose={onClose}>
      {children}
      <ErrorNote error={error} />
      <Button kind="danger" onClick={onConfirm} disabled={busy} accessibleWhenDisabled>
        {action}
      </Button>
    </Dialog>
  );
}
