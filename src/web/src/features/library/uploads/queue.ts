/** Files on their way in: sent a few at a time, then followed until they can be searched. */
import type { Schemas } from "@/client/api";
import { ApiError } from "@/client/api";
import type { Problem } from "@/lib/problem";

import type { NamedFile } from "./files";
import type { OnSent, Uploaded } from "./send";

type Job = Schemas["JobBody"];

/** A file, and how far it is. */
export interface Upload {
  id: number;
  name: string;
  size: number;
  /** Null after the page was loaded anew: a page cannot keep files. */
  file: File | null;
  collectionId: string;
  /** "unsent" is what the page was left before. */
  phase: "waiting" | "sending" | "reading" | "done" | "unchanged" | "failed" | "cancelled" | "unsent";
  /** The share that was sent, 0 to 1. */
  sent: number;
  documentId: string | null;
  jobId: string | null;
  /** What the server last said of the job. */
  job: Job | null;
  problem: Problem | null;
}

/** What the queue does to the world. */
export interface Doors {
  send: (collectionId: string, file: File, name: string, onSent: OnSent, signal: AbortSignal) => Promise<Uploaded>;
  follow: (jobId: string, signal: AbortSignal) => AsyncIterable<Job>;
  cancelJob: (jobId: string) => Promise<Job>;
  retry: (documentId: string) => Promise<Job>;
}

// A browser holds six connections to a server; the page needs some for itself.
const AT_ONCE = 2;

/** Whether nothing more will happen to it by itself. */
export function isSettled({ phase }: Upload): boolean {
  return phase !== "waiting" && phase !== "sending" && phase !== "reading";
}

/** Whether trying again may help. */
export function canRetry({ phase, file, documentId }: Upload): boolean {
  return (phase === "failed" || phase === "cancelled") && (file !== null || documentId !== null);
}

/** Sends and follows uploads; outlives the views that show them. */
export class UploadQueue {
  #items: readonly Upload[] = [];
  #listeners = new Set<() => void>();
  #stops = new Map<number, AbortController>();
  #lastId = 0;

  constructor(private readonly doors: Doors) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The uploads in the order they were added; another list whenever one changed. */
  readonly items = (): readonly Upload[] => this.#items;

  add(collectionId: string, files: NamedFile[]): void {
    const fresh = files.map((file): Upload => {
      this.#lastId += 1;
      return { ...file, size: file.file.size, id: this.#lastId, collectionId, phase: "waiting", sent: 0, ...NOTHING_KNOWN };
    });
    this.#replace([...this.#items, ...fresh]);
    this.#go();
  }

  /** Go on with uploads of before the page was loaded anew: what was sent is followed further. */
  restore(kept: readonly Upload[]): void {
    this.#lastId = Math.max(this.#lastId, ...kept.map((item) => item.id));
    this.#replace([...kept.map(afterLeaving), ...this.#items]);
    this.#go();
  }

  /** Stop one: it is not sent, or its job is called off. */
  async cancel(id: number): Promise<void> {
    const item = this.#find(id);
    if (!item || isSettled(item)) return;
    if (item.phase !== "reading" || !item.jobId) {
      this.#change(id, { phase: "cancelled" });
      this.#stops.get(id)?.abort();
      this.#go();
      return;
    }
    try {
      this.#learn(id, await this.doors.cancelJob(item.jobId));
    } catch {
      // It was done before it could be stopped; what follows it says so.
    }
  }

  /** Try a failed or stopped one again, from where it failed. */
  async retry(id: number): Promise<void> {
    const item = this.#find(id);
    if (!item || !canRetry(item)) return;
    if (!item.documentId) {
      this.#change(id, { phase: "waiting", sent: 0, ...NOTHING_KNOWN });
    } else {
      this.#change(id, { phase: "reading", problem: null, job: null, jobId: null });
      try {
        this.#change(id, { jobId: (await this.doors.retry(item.documentId)).id });
      } catch (error) {
        this.#fail(id, error);
      }
    }
    this.#go();
  }

  /** Forget those that are settled. */
  clear(): void {
    this.#replace(this.#items.filter((item) => !isSettled(item)));
  }

  /** Stop sending and following, and forget everything: whoever added them has left. */
  abandon(): void {
    for (const stop of this.#stops.values()) stop.abort();
    this.#replace([]);
  }

  /** Begin what there is room for. */
  #go(): void {
    this.#begin("sending", (item) => item.phase === "waiting", (item, signal) => this.#send(item, signal));
    this.#begin(
      "reading",
      (item) => item.phase === "reading" && item.jobId !== null,
      (item, signal) => this.#follow(item, signal),
    );
  }

  #begin(
    phase: "sending" | "reading",
    isNext: (item: Upload) => boolean,
    work: (item: Upload, signal: AbortSignal) => Promise<void>,
  ): void {
    const busy = this.#items.filter((item) => item.phase === phase && this.#stops.has(item.id)).length;
    const next = this.#items.filter((item) => isNext(item) && !this.#stops.has(item.id));
    for (const item of next.slice(0, Math.max(0, AT_ONCE - busy))) {
      const stop = new AbortController();
      this.#stops.set(item.id, stop);
      this.#change(item.id, { phase });
      void work(item, stop.signal)
        .catch((error: unknown) => (stop.signal.aborted ? undefined : this.#fail(item.id, error)))
        .finally(() => {
          this.#stops.delete(item.id);
          this.#go();
        });
    }
  }

  async #send(item: Upload, signal: AbortSignal): Promise<void> {
    if (!item.file) return;
    const onSent = (sent: number) => this.#change(item.id, { sent });
    const { outcome, document, job_id } = await this.doors.send(item.collectionId, item.file, item.name, onSent, signal);
    const phase = outcome === "unchanged" || !job_id ? "unchanged" : "reading";
    this.#change(item.id, { phase, sent: 1, documentId: document.id, jobId: job_id });
  }

  async #follow(item: Upload, signal: AbortSignal): Promise<void> {
    for await (const job of this.doors.follow(item.jobId ?? "", signal)) this.#learn(item.id, job);
  }

  #learn(id: number, job: Job): void {
    if (job.status === "succeeded") this.#change(id, { job, phase: "done" });
    else if (job.status === "cancelled") this.#change(id, { job, phase: "cancelled" });
    else if (job.status === "failed") this.#change(id, { job, phase: "failed", problem: job.error });
    else this.#change(id, { job });
  }

  #fail(id: number, error: unknown): void {
    const known = error instanceof ApiError;
    const problem = known ? { code: error.code, message: error.message, hint: error.hint } : null;
    this.#change(id, { phase: "failed", problem });
  }

  #find(id: number): Upload | undefined {
    return this.#items.find((item) => item.id === id);
  }

  #change(id: number, change: Partial<Upload>): void {
    this.#replace(this.#items.map((item) => (item.id === id ? { ...item, ...change } : item)));
  }

  #replace(items: readonly Upload[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

/** What became of an upload as the page was left. */
function afterLeaving(item: Upload): Upload {
  const { phase, jobId } = item;
  if (phase === "waiting" || phase === "sending") return { ...item, phase: "unsent" };
  return phase === "reading" && jobId === null ? { ...item, phase: "failed" } : item;
}

const NOTHING_KNOWN = { documentId: null, jobId: null, job: null, problem: null };
