import * as Ariakit from "@ariakit/react";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";

import { Field } from "@/components/Field";

import styles from "./NamePicker.module.css";
import { type NameKind, useNames } from "./names";

export interface Named {
  id: string;
  name: string;
}

interface Props {
  label: string;
  hint?: string;
  kind: NameKind;
  picked: Named | null;
  onPick: (picked: Named | null) => void;
}

/** Finds one of many by a part of the name. */
export function NamePicker({ label, hint, kind, picked, onPick }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(picked?.name ?? "");
  const found = useNames(kind, useDeferredValue(text));
  const change = (value: string) => {
    setText(value);
    onPick(found.data?.find((one) => one.name === value) ?? null);
  };
  return (
    <Ariakit.ComboboxProvider inputValue={text} setInputValue={change}>
      <Field label={label} hint={hint}>
        {(ids) => <Ariakit.Combobox className={styles.input} autoComplete="none" {...ids} />}
      </Field>
      <Ariakit.ComboboxPopover sameWidth gutter={4} className={styles.popover} aria-label={label}>
        {found.data?.map((one) => (
          <Ariakit.ComboboxItem key={one.id} value={one.name} className={styles.item} />
        ))}
        {found.data?.length === 0 ? <p className={styles.none}>{t("admin.noneFound")}</p> : null}
      </Ariakit.ComboboxPopover>
    </Ariakit.ComboboxProvider>
  );
}
