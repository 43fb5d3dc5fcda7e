import * as Ariakit from "@ariakit/react";
import type { ReactNode } from "react";

import styles from "./Button.module.css";

interface Props extends Omit<Ariakit.ButtonProps, "children"> {
  kind?: "primary" | "plain" | "quiet" | "danger";
  icon?: ReactNode;
  children: ReactNode;
}

/** A button with words. */
export function Button({ kind = "plain", icon, children, className, ...rest }: Props) {
  return (
    <Ariakit.Button className={`${styles.button} ${styles[kind]} ${className ?? ""}`} {...rest}>
      {icon}
      {children}
    </Ariakit.Button>
  );
}

interface IconProps extends Omit<Ariakit.ButtonProps, "children"> {
  label: string;
  children: ReactNode;
}

/** A button that is an icon; its label is read out and shown on hover and focus. */
export function IconButton({ label, children, className, ...rest }: IconProps) {
  return (
    <Ariakit.TooltipProvider timeout={400}>
      <Ariakit.TooltipAnchor
        render={
          <Ariakit.Button
            aria-label={label}
            className={`${styles.icon} ${className ?? ""}`}
            {...rest}
          />
        }
      >
        {children}
      </Ariakit.TooltipAnchor>
      <Ariakit.Tooltip className={styles.tooltip} gutter={6} unmountOnHide>
        {label}
      </Ariakit.Tooltip>
    </Ariakit.TooltipProvider>
  );
}
