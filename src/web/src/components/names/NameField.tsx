import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { useTranslation } from "react-i18next";

import { api, body } from "@/client/api";

import { SuggestField } from "./SuggestField";

const FEWEST_LETTERS = 2;
const MOST = 8;

interface Props {
  label: string;
  kind: "user" | "group";
  value: string;
  onChange: (name: string) => void;
}

/** Who something is given to: the name of a person or a group, found by a part of it. */
export function NameField({ kind, value, ...rest }: Props) {
  const { t } = useTranslation();
  const found = useNames(kind, useDeferredValue(value).trim());
  return <SuggestField {...rest} value={value} names={found} none={t(`names.none.${kind}`)} maxLength={128} required />;
}

function useNames(kind: Props["kind"], part: string): string[] | undefined {
  const enough = part.replace(/\s/g, "").length >= FEWEST_LETTERS;
  const { data } = useQuery({
    queryKey: ["principals", kind, part],
    enabled: enough,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = { search: part, kind, limit: MOST };
      const { items } = body(await api.GET("/api/v1/principals", { params: { query }, signal }));
      return items.map(({ name }) => name);
    },
  });
  return enough ? data : undefined;
}
