import { Ban, CircleCheck, KeyRound, Trash2, UserCog } from "lucide-react";
import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { Button } from "@/components/Button";
import { Confirm } from "@/components/Confirm";
import { Dialog } from "@/components/Dialog";
import { SelectField } from "@/components/Field";
import { Menu, MenuItem } from "@/components/Menu";
import { ErrorNote } from "@/components/Notes";
import { Secret } from "@/components/Secret";
import { submitted } from "@/lib/form";

import styles from "../Admin.module.css";
import { DeletePerson } from "./DeletePerson";
import { type Person, ROLES, usePersonActions } from "./queries";

type Asking = "role" | "access" | "reset" | "delete";

/** What can be done with one person. */
export function PersonMenu({ person }: { person: Person }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<Asking | null>(null);
  const { change, reset } = usePersonActions(person.id);
  const name = person.username;
  const ask = (what: Asking) => () => {
    change.reset();
    reset.reset();
    setAsking(what);
  };
  const close = () => setAsking(null);
  const access = person.disabled ? "enable" : "disable";
  const onRole = (event: SyntheticEvent<HTMLFormElement>) => {
    const role = submitted(event)("role") as Schemas["UserUpdate"]["role"];
    change.mutate({ role: role ?? null }, { onSuccess: close });
  };
  return (
    <>
      <Menu label={t("people.actions", { name })}>
        <MenuItem icon={<UserCog size={15} aria-hidden />} onClick={ask("role")}>
          {t("people.changeRole")}
        </MenuItem>
        <MenuItem icon={<KeyRound size={15} aria-hidden />} onClick={ask("reset")}>
          {t("people.reset")}
        </MenuItem>
        <MenuItem
          icon={person.disabled ? <CircleCheck size={15} aria-hidden /> : <Ban size={15} aria-hidden />}
          onClick={ask("access")}
        >
          {t(`people.${access}`)}
        </MenuItem>
        <MenuItem icon={<Trash2 size={15} aria-hidden />} danger onClick={ask("delete")}>
          {t("people.delete")}
        </MenuItem>
      </Menu>
      <Dialog title={t("people.roleOf", { name })} open={asking === "role"} onClose={close}>
        <form className={styles.form} onSubmit={onRole}>
          <ErrorNote error={change.error} />
          <SelectField label={t("people.role")} name="role" defaultValue={person.role} hint={t("people.endsSessions")}>
            {ROLES.map((role) => (
              <option key={role} value={role}>
                {t(`role.${role}`)}
              </option>
            ))}
          </SelectField>
          <Button kind="primary" type="submit" disabled={change.isPending} accessibleWhenDisabled>
            {t("save")}
          </Button>
        </form>
      </Dialog>
      <Confirm
        title={t(`people.${access}Title`, { name })}
        action={t(`people.${access}`)}
        open={asking === "access"}
        busy={change.isPending}
        error={change.error}
        onClose={close}
        onConfirm={() => change.mutate({ disabled: !person.disabled }, { onSuccess: close })}
      >
        <p>{t(`people.${access}Lead`)}</p>
      </Confirm>
      <Dialog title={t("people.resetTitle", { name })} open={asking === "reset"} onClose={close}>
        {reset.data ? (
          <Secret label={t("people.passwordOf", { name })} value={reset.data.one_time_password} />
        ) : (
          <>
            <p>{t("people.resetLead")}</p>
            <ErrorNote error={reset.error} />
          </>
        )}
        <Button kind="primary" disabled={reset.isPending} onClick={reset.data ? close : () => reset.mutate()}>
          {t(reset.data ? "done" : "people.reset")}
        </Button>
      </Dialog>
      <DeletePerson person={person} open={asking === "delete"} onClose={close} />
    </>
  );
}
