/** How far an upload or a job is, as a share and in words. */
import type { TFunction } from "i18next";

import type { Schemas } from "@/client/api";

import type { Upload } from "./queue";

type Job = Schemas["JobBody"];

/** Where each stage begins and ends in the whole: measured, embedding takes most of the time. */
const PARTS: Record<string, [number, number]> = {
  starting: [0, 0.05],
  parsing: [0.05, 0.3],
  splitting: [0.3, 0.4],
  embedding: [0.4, 1],
};

/** The share of a job that is done, 0 to 1; it never shrinks from stage to stage. */
export function shareOfJob(job: Job | null | undefined): number {
  const [begin, end] = PARTS[job?.stage ?? ""] ?? [0, 0];
  const within = job && job.total > 0 ? Math.min(1, job.done / job.total) : 0;
  return begin + (end - begin) * within;
}

/** The share of an upload that is done, sending and reading counted as halves. */
export function shareOf({ phase, sent, job }: Upload): number {
  return phase === "reading" ? 0.5 + shareOfJob(job) / 2 : sent / 2;
}

/** What is happening to an upload. */
export function stageOf({ phase, sent, job }: Upload, t: TFunction): string {
  if (phase === "sending") return t("upload.sending", { percent: Math.floor(sent * 100) });
  if (phase === "reading") return stageOfJob(job, t);
  return t(`upload.phase.${phase}`);
}

/** What a job is doing. */
export function stageOfJob(job: Job | null | undefined, t: TFunction): string {
  if (!job || job.status === "queued") return t("stage.queued");
  const words = t(`stage.${job.stage}`, { defaultValue: t("stage.starting") });
  return job.total > 1 ? t("stage.of", { stage: words, percent: Math.floor((100 * job.done) / job.total) }) : words;
}
