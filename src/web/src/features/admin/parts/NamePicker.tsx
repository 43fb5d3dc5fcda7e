import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";

import { SuggestField } from "@/components/names/SuggestField";

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
  const { data: found } = useNames(kind, useDeferredValue(text));
  const change = (value: string) => {
    setText(value);
    onPick(found?.find((one) => one.name === value) ?? null);
  };
  return (
    <SuggestField
      label={label}
      hint={hint}
      value={text}
      onChange={change}
      names={found?.map(({ name }) => name)}
      none={t("admin.noneFound")}
    />
  );
}
