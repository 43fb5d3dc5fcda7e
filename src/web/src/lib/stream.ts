/** Server-sent events over fetch: unlike EventSource it tells why a stream did not open. */
import { EventSourceParserStream } from "eventsource-parser/stream";

import { ApiError, authorisedFetch, errorOf } from "@/client/api";

export interface StreamEvent {
  id: string | undefined;
  event: string;
  data: unknown;
}

const PATIENCE_MS = [300, 1000, 3000, 5000];

/**
 * The events of `path` to their end, whatever connections that takes.
 *
 * A connection that breaks is opened again after the last event that came. `isLast` says which
 * event ends the stream. Throws an ApiError when the server refuses, or stays away for long.
 */
export async function* follow(
  path: string,
  isLast: (event: StreamEvent) => boolean,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let lastId: string | undefined;
  let failures = 0;
  for (;;) {
    try {
      for await (const event of connect(path, lastId, signal)) {
        lastId = event.id ?? lastId;
        failures = 0;
        yield event;
        if (isLast(event)) return;
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) throw error;
      if (failures >= PATIENCE_MS.length) throw error;
    }
    await pause(PATIENCE_MS[failures] ?? 0, signal);
    if (isAborted(signal)) return;
    failures += 1;
  }
}

async function* connect(
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const headers = new Headers({ Accept: "text/event-stream" });
  if (lastId !== undefined) headers.set("Last-Event-ID", lastId);
  const response = await authorisedFetch(new Request(path, { headers, signal }));
  if (!response.ok || !response.body) throw await errorOf(response);
  const reader = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield { id: value.id, event: value.event ?? "message", data: JSON.parse(value.data) };
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

// A function, because the compiler takes the property for unchanging.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
