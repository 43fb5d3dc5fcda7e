import { Globe, User, Users, X } from "lucide-react";
import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button, IconButton } from "@/components/Button";
import { SelectField } from "@/components/Field";
import { NameField } from "@/components/names/NameField";
import { ErrorNote, Waiting } from "@/components/Notes";

import styles from "./ConversationList.module.css";
import { type Share, useShares } from "./conversationQueries";

const KINDS = ["user", "group", "everyone"] as const;
const ICONS = { user: User, group: Users, everyone: Globe };

/** Who else may read a conversation. */
export function ShareForm({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const { shares, add, take } = useShares(conversationId);
  const [kind, setKind] = useState<Share["kind"]>("user");
  const [name, setName] = useState("");
  const choose = (chosen: string) => {
    setKind(chosen as Share["kind"]);
    setName("");
  };
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const principal = kind === "everyone" ? kind : name.trim();
    add.mutate({ principal, kind }, { onSuccess: () => setName("") });
  };
  return (
    <div className={styles.form}>
      <p>{t("share.lead")}</p>
      <form className={styles.sharing} onSubmit={submit}>
        <SelectField label={t("share.with")} value={kind} onChange={(event) => choose(event.target.value)}>
          {KINDS.map((each) => (
            <option key={each} value={each}>
              {t(`share.${each}`)}
            </option>
          ))}
        </SelectField>
        {kind === "everyone" ? null : (
          <NameField label={t(`share.${kind}Name`)} kind={kind} value={name} onChange={setName} />
        )}
        <Button kind="primary" type="submit" disabled={add.isPending}>
          {t("share.do")}
        </Button>
      </form>
      <ErrorNote error={add.error ?? take.error ?? shares.error} />
      {shares.isPending ? <Waiting /> : null}
      {shares.data?.length === 0 ? <p className={styles.private}>{t("share.nobody")}</p> : null}
      <ul className={styles.shares} aria-label={t("share.readers")}>
        {shares.data?.map((share) => (
          <Reader key={share.id} share={share} onTake={() => take.mutate(share.id)} />
        ))}
      </ul>
    </div>
  );
}

function Reader({ share, onTake }: { share: Share; onTake: () => void }) {
  const { t } = useTranslation();
  const Icon = ICONS[share.kind];
  const name = share.username ?? share.group ?? t("share.everyone");
  return (
    <li>
      <Icon size={16} aria-hidden />
      <span dir="auto">{name}</span>
      <IconButton label={t("share.take", { name })} onClick={onTake}>
        <X size={16} aria-hidden />
      </IconButton>
    </li>
  );
}
