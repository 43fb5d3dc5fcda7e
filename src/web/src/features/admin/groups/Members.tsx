import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button, IconButton } from "@/components/Button";
import { ErrorNote, Waiting } from "@/components/Notes";

import styles from "../Admin.module.css";
import { type Named, NamePicker } from "../parts/NamePicker";
import { useMemberActions, useMembers } from "./queries";

/** Who is in a group; people and service accounts come and go. */
export function Members({ groupId }: { groupId: string }) {
  const { t } = useTranslation();
  const members = useMembers(groupId);
  const { add, remove } = useMemberActions(groupId);
  const [picked, setPicked] = useState<Named | null>(null);
  const [added, setAdded] = useState(0);
  const onAdd = () => {
    if (!picked) return;
    add.mutate(picked.id, {
      onSuccess: () => {
        setPicked(null);
        setAdded(added + 1);
      },
    });
  };
  return (
    <div className={styles.form}>
      {/* A new key empties what was typed. */}
      <NamePicker key={added} label={t("groups.addMember")} kind="users" picked={null} onPick={setPicked} />
      <Button onClick={onAdd} disabled={!picked || add.isPending} accessibleWhenDisabled>
        {t("groups.doAdd")}
      </Button>
      <ErrorNote error={members.error ?? add.error ?? remove.error} />
      {members.isPending ? <Waiting /> : null}
      {members.data?.length === 0 ? <p className={styles.lead}>{t("groups.noMembers")}</p> : null}
      <ul className={styles.members} aria-label={t("groups.members")}>
        {members.data?.map((member) => (
          <li key={member.id}>
            <span dir="auto">{member.username}</span>
            <IconButton
              label={t("groups.takeOut", { name: member.username })}
              onClick={() => remove.mutate(member.id)}
              disabled={remove.isPending}
            >
              <X size={16} aria-hidden />
            </IconButton>
          </li>
        ))}
      </ul>
    </div>
  );
}
