import { type SyntheticEvent, useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/Button";
import { SelectField, TextField } from "@/components/Field";
import { ErrorNote, Note } from "@/components/Notes";
import { Saved } from "@/components/Saved";
import { submitted } from "@/lib/form";
import { formatBytes, formatMilliseconds, formatNumber } from "@/lib/format";

import { type RuntimeSettings, useChange, useModels, useModelTest } from "./queries";
import styles from "./Settings.module.css";

const NUMBERS = [
  { name: "num_ctx", label: "numCtx", min: 512, max: 262144 },
  { name: "num_predict", label: "numPredict", min: 16, max: 32768 },
] as const;

const NOTHING_SET = { chat_model: null, num_ctx: null, num_predict: null };

/** Which model answers, within which bounds, and whether it does. */
export function ModelForm({ settings: { values, defaults, changed } }: { settings: RuntimeSettings }) {
  const { t } = useTranslation();
  const models = useModels();
  const change = useChange();
  const [model, setModel] = useState(values.chat_model);
  const installed = models.data?.chat ?? [];
  const absent = models.data !== undefined && !installed.some((one) => one.name === model);
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    const typed = submitted(event);
    change.mutate({ chat_model: model, num_ctx: Number(typed("num_ctx")), num_predict: Number(typed("num_predict")) });
  };
  const isSet = changed.some((name) => name === "chat_model" || NUMBERS.some((number) => number.name === name));
  return (
    // A reset fills the fields anew.
    <form key={JSON.stringify(values)} className={styles.panel} onSubmit={submit}>
      <h2>{t("settings.model")}</h2>
      <ErrorNote error={models.error ?? change.error} />
      {models.data?.reachable === false ? <Note kind="warning">{t("settings.unreachable")}</Note> : null}
      <SelectField
        label={t("settings.chatModel")}
        hint={absent && models.data.reachable ? t("settings.absent", { model }) : t("settings.next")}
        value={model}
        onChange={(event) => setModel(event.target.value)}
      >
        {absent || !models.data ? <option value={model}>{model}</option> : null}
        {installed.map((one) => (
          <option key={one.name} value={one.name}>
            {`${one.name} (${formatBytes(one.size_bytes)})`}
          </option>
        ))}
      </SelectField>
      {NUMBERS.map(({ name, label, ...bounds }) => (
        <TextField
          key={name}
          label={t(`settings.${label}`)}
          hint={t("settings.default", { value: formatNumber(defaults[name]) })}
          name={name}
          type="number"
          {...bounds}
          defaultValue={values[name]}
          required
        />
      ))}
      <div className={styles.buttons}>
        <Button kind="primary" type="submit" disabled={change.isPending} accessibleWhenDisabled>
          {t("save")}
        </Button>
        {isSet ? (
          <Button
            kind="quiet"
            onClick={() => change.mutate(NOTHING_SET, { onSuccess: () => setModel(defaults.chat_model) })}
          >
            {t("settings.reset")}
          </Button>
        ) : null}
        <Saved shown={change.isSuccess} />
      </div>
      <Trial model={model} />
    </form>
  );
}

function Trial({ model }: { model: string }) {
  const { t } = useTranslation();
  const trial = useModelTest();
  const found = trial.data;
  return (
    <div className={styles.trial}>
      <Button onClick={() => trial.mutate(model)} disabled={trial.isPending} accessibleWhenDisabled>
        {t(trial.isPending ? "settings.testing" : "settings.test")}
      </Button>
      <ErrorNote error={trial.error} />
      <div role="status">
        {found ? (
          <>
            <blockquote dir="auto">{found.text}</blockquote>
            <p>
              {t("settings.tested", {
                model: found.model,
                first: formatMilliseconds(found.first_token_ms),
                total: formatMilliseconds(found.total_ms),
                speed: found.tokens_per_second === null ? "–" : formatNumber(found.tokens_per_second),
              })}
            </p>
          </>
        ) : null}
      </div>
    </div>
  );
}
