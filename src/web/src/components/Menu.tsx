import * as Ariakit from "@ariakit/react";
import { MoreHorizontal } from "lucide-react";
import type { ReactNode } from "react";

import { IconButton } from "./Button";
import styles from "./Menu.module.css";

interface Props {
  label: string;
  icon?: ReactNode;
  /** In place of an icon button. */
  trigger?: Ariakit.MenuButtonProps["render"];
  children: ReactNode;
}

/** Actions behind a button. */
export function Menu({ label, icon, trigger, children }: Props) {
  return (
    <Ariakit.MenuProvider placement="bottom-end">
      <Ariakit.MenuButton
        render={
          trigger ?? (
            <IconButton label={label}>{icon ?? <MoreHorizontal size={18} aria-hidden />}</IconButton>
          )
        }
      />
      <Ariakit.Menu className={styles.menu} gutter={4} aria-label={label} portal unmountOnHide>
        {children}
      </Ariakit.Menu>
    </Ariakit.MenuProvider>
  );
}

interface ItemProps extends Ariakit.MenuItemProps {
  icon?: ReactNode;
  danger?: boolean;
}

/** One action of a menu. */
export function MenuItem({ icon, danger, children, ...rest }: ItemProps) {
  return (
    <Ariakit.MenuItem className={`${styles.item} ${danger ? styles.danger : ""}`} {...rest}>
      {icon}
      {children}
    </Ariakit.MenuItem>
  );
}
