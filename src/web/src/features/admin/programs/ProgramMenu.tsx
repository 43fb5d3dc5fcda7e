import { Ban, CircleCheck, KeyRound, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Confirm } from "@/components/Confirm";
import { NewKey } from "@/components/keys/NewKey";
import { Menu, MenuItem } from "@/components/Menu";

import { type Program, useProgramActions } from "./queries";

/** What can be done with one service account. */
export function ProgramMenu({ program }: { program: Program }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"key" | "access" | "delete" | null>(null);
  const { change, remove } = useProgramActions();
  const { id, username: name, disabled } = program;
  const access = disabled ? "enable" : "disable";
  const close = () => {
    setAsking(null);
    change.reset();
    remove.reset();
  };
  return (
    <>
      <Menu label={t("people.actions", { name })}>
        <MenuItem icon={<KeyRound size={15} aria-hidden />} onClick={() => setAsking("key")}>
          {t("keys.new")}
        </MenuItem>
        <MenuItem
          icon={disabled ? <CircleCheck size={15} aria-hidden /> : <Ban size={15} aria-hidden />}
          onClick={() => setAsking("access")}
        >
          {t(`people.${access}`)}
        </MenuItem>
        <MenuItem icon={<Trash2 size={15} aria-hidden />} danger onClick={() => setAsking("delete")}>
          {t("people.delete")}
        </MenuItem>
      </Menu>
      <NewKey open={asking === "key"} onClose={close} account={program} />
      <Confirm
        title={t(`people.${access}Title`, { name })}
        action={t(`people.${access}`)}
        open={asking === "access"}
        busy={change.isPending}
        error={change.error}
        onClose={close}
        onConfirm={() => change.mutate({ id, disabled: !disabled }, { onSuccess: close })}
      >
        <p>{t(`programs.${access}Lead`)}</p>
      </Confirm>
      <Confirm
        title={t("people.deleteTitle", { name })}
        action={t("people.delete")}
        open={asking === "delete"}
        busy={remove.isPending}
        error={remove.error}
        onClose={close}
        onConfirm={() => remove.mutate(id, { onSuccess: close })}
      >
        <p>{t("programs.deleteLead")}</p>
      </Confirm>
    </>
  );
}
