import * as Ariakit from "@ariakit/react";
import { ArrowUp, AtSign, Hash, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { IconButton } from "@/components/Button";
import { ErrorNote } from "@/components/Notes";

import styles from "./Composer.module.css";
import { findTrigger, type Trigger, withoutTrigger } from "./mention";
import type { Scope } from "./queries";
import { useSuggestions } from "./useSuggestions";

interface Props {
  draft: string;
  onDraft: (text: string) => void;
  scope: Scope;
  onScope: (scope: Scope) => void;
  busy: boolean;
  error: unknown;
  onSend: (text: string) => void;
  /** The arrow up in the empty box. */
  onEditLast?: (() => void) | undefined;
}

const MAX_QUESTION = 4000;

/** The box a question is typed into; `#` picks collections and `@` documents. */
export function Composer({ draft, onDraft, scope, onScope, busy, error, onSend, onEditLast }: Props) {
  const { t } = useTranslation();
  const box = useHeightOfText(draft);
  const [trigger, setTrigger] = useState<Trigger | null>(null);
  const store = Ariakit.useComboboxStore({ open: trigger !== null });
  const suggestions = useSuggestions(trigger);

  const look = () => {
    const element = box.current;
    setTrigger(element ? findTrigger(element.value, element.selectionStart) : null);
  };
  const pick = (id: string, name: string) => {
    const kind = trigger?.kind;
    if (!kind) return;
    onDraft(withoutTrigger(draft, trigger));
    setTrigger(null);
    if (!scope[kind].some((item) => item.id === id)) {
      onScope({ ...scope, [kind]: [...scope[kind], { id, name }] });
    }
    box.current?.focus();
  };
  const begin = (sign: "#" | "@") => {
    const text = draft && !/\s$/.test(draft) ? `${draft} ${sign}` : `${draft}${sign}`;
    onDraft(text);
    setTrigger(findTrigger(text, text.length));
    box.current?.focus();
  };
  const send = () => {
    const text = draft.trim();
    if (text && !busy) onSend(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && trigger) {
      setTrigger(null);
      event.preventDefault();
    }
    if (event.key === "ArrowUp" && !draft && onEditLast) {
      event.preventDefault();
      onEditLast();
    }
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    if (trigger && store.getState().activeId) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <ErrorNote error={error} />
      <div className={styles.box}>
        <Chips scope={scope} onScope={onScope} />
        <Ariakit.Combobox
          store={store}
          autoSelect
          value={draft}
          showOnClick={false}
          showOnChange={false}
          showOnKeyPress={false}
          setValueOnChange={false}
          aria-label={t("ask.label")}
          placeholder={t("ask.placeholder")}
          maxLength={MAX_QUESTION}
          onChange={(event) => onDraft(event.target.value)}
          onSelect={look}
          onKeyDown={onKeyDown}
          className={styles.text}
          render={<textarea ref={box} rows={1} dir="auto" />}
        />
        <div className={styles.tools}>
          <IconButton label={t("ask.pickCollection")} onClick={() => begin("#")}>
            <Hash size={17} aria-hidden />
          </IconButton>
          <IconButton label={t("ask.pickDocument")} onClick={() => begin("@")}>
            <AtSign size={17} aria-hidden />
          </IconButton>
          <IconButton
            type="submit"
            label={t("ask.send")}
            className={styles.send}
            disabled={busy || !draft.trim()}
            accessibleWhenDisabled
          >
            <ArrowUp size={18} aria-hidden />
          </IconButton>
        </div>
      </div>
      <Ariakit.ComboboxPopover
        store={store}
        hidden={!trigger}
        className={styles.popover}
        gutter={6}
        portal
        unmountOnHide
        aria-label={t("ask.suggestions")}
      >
        {suggestions.map(({ id, name, note }) => (
          <Ariakit.ComboboxItem
            key={id}
            className={styles.suggestion}
            focusOnHover
            setValueOnClick={false}
            onClick={() => pick(id, name)}
          >
            <span dir="auto">{name}</span>
            <span className={styles.note}>{note}</span>
          </Ariakit.ComboboxItem>
        ))}
        {suggestions.length === 0 ? <p className={styles.nothing}>{t("ask.nothingFits")}</p> : null}
      </Ariakit.ComboboxPopover>
    </form>
  );
}

function Chips({ scope, onScope }: Pick<Props, "scope" | "onScope">) {
  const { t } = useTranslation();
  const kinds = ["collections", "documents"] as const;
  if (!kinds.some((kind) => scope[kind].length)) return null;
  return (
    <ul className={styles.chips} aria-label={t("ask.askedOf")}>
      {kinds.flatMap((kind) =>
        scope[kind].map((item) => (
          <li key={item.id}>
            {kind === "collections" ? <Hash size={13} aria-hidden /> : <AtSign size={13} aria-hidden />}
            <span dir="auto">{item.name}</span>
            <button
              type="button"
              aria-label={t("ask.unpick", { name: item.name })}
              onClick={() => onScope({ ...scope, [kind]: scope[kind].filter((other) => other.id !== item.id) })}
            >
              <X size={13} aria-hidden />
            </button>
          </li>
        )),
      )}
    </ul>
  );
}

/** A box that has the focus at first and is as high as what was typed. */
function useHeightOfText(text: string): React.RefObject<HTMLTextAreaElement | null> {
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus(), []);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);
  return box;
}
