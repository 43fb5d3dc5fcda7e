import { useSyncExternalStore } from "react";

import { api, body, type Schemas } from "@/client/api";
import { follow } from "@/lib/stream";

import { type Upload, UploadQueue } from "./queue";
import { sendFile } from "./send";

/** The one queue of this tab: it goes on while views change. */
export const uploads = new UploadQueue({
  send: sendFile,
  follow: followJob,
  cancelJob: async (id) =>
    body(await api.POST("/api/v1/jobs/{job_id}/cancel", { params: { path: { job_id: id } } })),
  retry: async (id) =>
    body(await api.POST("/api/v1/documents/{document_id}/retry", { params: { path: { document_id: id } } })),
});

/** Everything that was uploaded since the page was loaded. */
export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.items);
}

async function* followJob(jobId: string, signal: AbortSignal): AsyncGenerator<Schemas["JobBody"]> {
  const events = follow(`/api/v1/jobs/${jobId}/events`, (event) => event.event === "done", signal);
  for await (const { data } of events) yield data as Schemas["JobBody"];
}
