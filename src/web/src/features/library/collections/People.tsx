import { Globe, Trash2, User, Users } from "lucide-react";
import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Schemas } from "@/client/api";
import { Button, IconButton } from "@/components/Button";
import { SelectField } from "@/components/Field";
import { NameField } from "@/components/names/NameField";
import { ErrorNote, Waiting } from "@/components/Notes";
import { submitted } from "@/lib/form";

import { useGrants } from "../queries";
import styles from "./CollectionView.module.css";

type Grant = Schemas["GrantBody"];

const LEVELS: Grant["level"][] = ["reader", "contributor", "manager"];
const KINDS: Grant["kind"][] = ["user", "group", "everyone"];
const ICONS = { user: User, group: Users, everyone: Globe };

/** Who may do what in a collection. */
export function People({ collectionId }: { collectionId: string }) {
  const { t } = useTranslation();
  const { grants, put, take } = useGrants(collectionId);
  const nameOf = (grant: Grant) =>
    grant.kind === "everyone" ? t("people.everyone") : (grant.username ?? grant.group ?? t("people.gone"));
  const change = (grant: Grant, level: string) =>
    put.mutate({
      principal: grant.username ?? grant.group ?? "everyone",
      kind: grant.kind,
      level: level as Grant["level"],
    });
  return (
    <section className={styles.people}>
      <Give onGive={put.mutate} error={put.error} busy={put.isPending} />
      <ErrorNote error={grants.error ?? take.error} />
      {grants.isPending ? <Waiting /> : null}
      {grants.data?.length === 0 ? <p>{t("people.noRights")}</p> : null}
      <ul className={styles.grants} aria-label={t("people.title")}>
        {grants.data?.map((grant) => {
          const Icon = ICONS[grant.kind];
          return (
            <li key={grant.id}>
              <Icon size={18} aria-hidden />
              <span className={styles.who} dir="auto">
                {nameOf(grant)}
              </span>
              <select
                className={styles.level}
                aria-label={t("people.levelOf", { name: nameOf(grant) })}
                value={grant.level}
                onChange={(event) => change(grant, event.target.value)}
              >
                <Levels />
              </select>
              <IconButton label={t("people.take", { name: nameOf(grant) })} onClick={() => take.mutate(grant.id)}>
                <Trash2 size={18} aria-hidden />
              </IconButton>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

interface GiveProps {
  onGive: (grant: Schemas["GrantPut"], options: { onSuccess: () => void }) => void;
  error: unknown;
  busy: boolean;
}

function Give({ onGive, error, busy }: GiveProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Grant["kind"]>("user");
  const [name, setName] = useState("");
  const choose = (chosen: string) => {
    setKind(chosen as Grant["kind"]);
    setName("");
  };
  const give = (event: SyntheticEvent<HTMLFormElement>) => {
    const form = event.currentTarget;
    const level = submitted(event)("level") as Grant["level"];
    const principal = kind === "everyone" ? kind : name.trim();
    onGive({ principal, kind, level }, { onSuccess: () => form.reset() });
  };
  return (
    <form className={styles.give} onSubmit={give} onReset={() => choose("user")}>
      <h2>{t("people.give")}</h2>
      <p className={styles.hint}>{t("people.giveHint")}</p>
      <ErrorNote error={error} />
      <SelectField label={t("people.kind")} value={kind} onChange={(event) => choose(event.target.value)}>
        {KINDS.map((one) => (
          <option key={one} value={one}>
            {t(`people.${one}`)}
          </option>
        ))}
      </SelectField>
      {kind === "everyone" ? (
        <span />
      ) : (
        <NameField label={t(`people.${kind}Name`)} kind={kind} value={name} onChange={setName} />
      )}
      <SelectField label={t("people.level")} name="level">
        <Levels />
      </SelectField>
      <Button kind="primary" type="submit" disabled={busy}>
        {t("people.do")}
      </Button>
    </form>
  );
}

function Levels() {
  const { t } = useTranslation();
  return LEVELS.map((level) => (
    <option key={level} value={level}>
      {t(`people.can.${level}`)}
    </option>
  ));
}
