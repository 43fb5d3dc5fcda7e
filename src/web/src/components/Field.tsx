import { type ComponentProps, type ReactNode, useId } from "react";

import styles from "./Field.module.css";

interface Props {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  children: (ids: { id: string; "aria-describedby": string | undefined }) => ReactNode;
}

/** A label, a control, and what is to be known about it. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": note ? noteId : undefined })}
      {note ? (
        <p id={noteId} className={error ? styles.error : styles.hint} role={error ? "alert" : undefined}>
          {note}
        </p>
      ) : null}
    </div>
  );
}

type TextProps = Omit<ComponentProps<"input">, "id"> & Pick<Props, "label" | "hint" | "error">;

/** One line of text. */
export function TextField({ label, hint, error, ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => <input className={styles.input} aria-invalid={Boolean(error)} {...ids} {...rest} />}
    </Field>
  );
}

type SelectProps = Omit<ComponentProps<"select">, "id"> & Pick<Props, "label" | "hint" | "error">;

/** One of a few choices; the children are the options. */
export function SelectField({ label, hint, error, children, ...rest }: SelectProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ids) => (
        <select className={styles.input} {...ids} {...rest}>
          {children}
        </select>
      )}
    </Field>
  );
}
