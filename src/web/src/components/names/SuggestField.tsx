import * as Ariakit from "@ariakit/react";
import { type ComponentProps, useState } from "react";

import { Field } from "@/components/Field";

import styles from "./SuggestField.module.css";

interface Props extends Pick<ComponentProps<"input">, "required" | "disabled" | "maxLength"> {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  /** What fits the value; undefined while that is not known or too little is typed. */
  names: string[] | undefined;
  /** Said when nothing fits. */
  none: string;
}

/** A line of text with names to choose from as it is typed. */
export function SuggestField({ label, hint, value, onChange, names, none, ...rest }: Props) {
  const [wanted, setWanted] = useState(false);
  const typedOut = names?.length === 1 && names[0] === value;
  return (
    <Ariakit.ComboboxProvider
      inputValue={value}
      setInputValue={onChange}
      open={wanted && names !== undefined && !typedOut}
      setOpen={setWanted}
    >
      <Field label={label} hint={hint}>
        {(ids) => (
          <Ariakit.Combobox
            className={styles.input}
            autoComplete="none"
            autoCapitalize="none"
            spellCheck={false}
            {...ids}
            {...rest}
          />
        )}
      </Field>
      <Ariakit.ComboboxPopover sameWidth gutter={4} className={styles.popover} aria-label={label}>
        {names?.map((name) => (
          <Ariakit.ComboboxItem key={name} value={name} className={styles.item} />
        ))}
        {names?.length === 0 ? (
          <Ariakit.ComboboxItem disabled className={styles.none}>
            {none}
          </Ariakit.ComboboxItem>
        ) : null}
      </Ariakit.ComboboxPopover>
    </Ariakit.ComboboxProvider>
  );
}
