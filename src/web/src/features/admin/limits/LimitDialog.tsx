import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { Confirm } from "@/components/Confirm";
import { Dialog } from "@/components/Dialog";
import { SelectField, TextField } from "@/components/Field";
import { ErrorNote } from "@/components/Notes";
import { submitted } from "@/lib/form";

import admin from "../Admin.module.css";
import { type Named, NamePicker } from "../parts/NamePicker";
import { type Limit, useLimitActions } from "./queries";
import { isBytes, NAMES, shown, typedValues } from "./values";

const HOLDERS = ["users", "groups", "api-keys"] as const;
type Holder = (typeof HOLDERS)[number];

/** Sets the limits of one holder, a new one or one that has some. */
export function LimitDialog({ editing, onClose }: { editing: Limit | "new" | null; onClose: () => void }) {
  const { t } = useTranslation();
  const title = editing === null || editing === "new" ? t("limits.add") : t("limits.of", { name: editing.name });
  return (
    <Dialog title={title} open={editing !== null} onClose={onClose}>
      {editing ? <Form limit={editing === "new" ? null : editing} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Form({ limit, onClose }: { limit: Limit | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { set } = useLimitActions();
  const [holder, setHolder] = useState<Holder>(limit?.holder ?? "users");
  const [picked, setPicked] = useState<Named | null>(null);
  const id = limit?.id ?? picked?.id;
  // What a key stores is its owner's.
  const names = NAMES.filter((name) => holder !== "api-keys" || name !== "storage_bytes");
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    if (id) set.mutate({ place: { holder, id }, values: typedValues(typed, names) }, { onSuccess: onClose });
  };
  return (
    <form className={admin.form} onSubmit={submit}>
      <ErrorNote error={set.error} />
      {limit ? null : (
        <>
          <SelectField
            label={t("limits.forWhat")}
            value={holder}
            onChange={(event) => {
              setHolder(event.target.value as Holder);
              setPicked(null);
            }}
          >
            {HOLDERS.map((kind) => (
              <option key={kind} value={kind}>
                {t(`limits.kind.${kind}`)}
              </option>
            ))}
          </SelectField>
          <NamePicker key={holder} label={t("limits.holder")} kind={holder} picked={null} onPick={setPicked} />
        </>
      )}
      <p className={admin.lead}>{t("limits.rule")}</p>
      {names.map((name) => (
        <TextField
          key={name}
          label={t(`limits.${name}`) + (isBytes(name) ? ` (${t("limits.megabytes")})` : "")}
          name={name}
          type="number"
          min={0}
          step={isBytes(name) ? "any" : 1}
          defaultValue={shown(name, limit?.limits[name] ?? null)}
        />
      ))}
      <Button kind="primary" type="submit" disabled={!id || set.isPending} accessibleWhenDisabled>
        {t("save")}
      </Button>
    </form>
  );
}

/** Takes all limits of one holder away. */
export function ClearLimit({ limit, onClose }: { limit: Limit | null; onClose: () => void }) {
  const { t } = useTranslation();
  const { clear } = useLimitActions();
  const close = () => {
    onClose();
    clear.reset();
  };
  return (
    <Confirm
      title={t("limits.clearTitle", { name: limit?.name })}
      action={t("limits.clear")}
      open={limit !== null}
      busy={clear.isPending}
      error={clear.error}
      onClose={close}
      onConfirm={() => limit && clear.mutate(limit, { onSuccess: close })}
    >
      <p>{t("limits.clearLead")}</p>
    </Confirm>
  );
}
