import i18next from "i18next";
import { expect, it } from "vitest";

import type { Schemas } from "@/client/api";

import type { Upload } from "./queue";
import { shareOf, shareOfJob, stageOf, stageOfJob } from "./stage";

type Job = Schemas["JobBody"];

const job = (stage: string, done = 0, total = 1): Job => ({ status: "running", stage, done, total }) as Job;

it("never goes back from stage to stage", () => {
  const shares = [
    job("starting"),
    job("parsing"),
    job("parsing", 1),
    job("splitting"),
    job("embedding", 0, 9),
    job("embedding", 9, 9),
  ].map(shareOfJob);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

it("knows nothing of a stage it was not told of", () => {
  expect(shareOfJob(null)).toBe(0);
  expect(shareOfJob(job("polishing", 5, 5))).toBe(0);
});

it("counts sending and reading as halves", () => {
  expect(shareOf({ phase: "sending", sent: 0.5, job: null } as Upload)).toBe(0.25);
  expect(shareOf({ phase: "reading", sent: 1, job: job("embedding", 1, 1) } as Upload)).toBe(1);
});

it("says what is happening", () => {
  const { t } = i18next;
  expect(stageOf({ phase: "sending", sent: 0.426, job: null } as Upload, t)).toBe("Uploading, 42 %");
  expect(stageOfJob(job("embedding", 1, 3), t)).toBe("Making it searchable by meaning, 33 %");
  expect(stageOfJob(null, t)).toBe("Waiting to be read");
  expect(stageOfJob(job("polishing"), t)).toBe("Beginning to read");
});
