/** An answer as the page shows it, whether it is being written or was stored. */
import type { Schemas } from "@/client/api";
import type { StreamEvent } from "@/lib/stream";

export type Passage = Schemas["PassageBody"];
export type Message = Schemas["MessageBody"];

export interface Evidence {
  marker: number;
  passage: Passage;
  /** Found, but there was no room for it in the prompt. */
  dropped: boolean;
}

export interface Support {
  start: number;
  end: number;
  supported: boolean;
}

export interface Budget {
  num_ctx: number;
  reserved_for_answer: number;
  prompt_tokens: number;
  completion_tokens: number;
  dropped_passages: number;
  dropped_turns: number;
}

interface Failure {
  code: string;
  message: string;
  hint: string;
}

interface Progress {
  stage: "understanding" | "searching" | "reading" | "queued" | "writing";
  passages: number | null;
  position: number | null;
}

/** What the end of an answer tells about it. */
export interface Outcome {
  mode: "generated" | "extractive" | "not_found";
  model: string | null;
  finish_reason: string;
  confidence: number;
  support: Support[];
  short_answer: string | null;
  budget: Budget | null;
  timings: Record<string, number>;
}

export interface Answer {
  writing: boolean;
  status: string;
  text: string;
  evidence: Evidence[];
  warnings: { code: string; message: string }[];
  progress: Progress | null;
  outcome: Outcome | null;
  error: Failure | null;
  searchQuery: string | null;
  withheld: "withheld" | "erased" | null;
}

/** Before the first event. */
export const unwritten: Answer = {
  writing: true,
  status: "pending",
  text: "",
  evidence: [],
  warnings: [],
  progress: null,
  outcome: null,
  error: null,
  searchQuery: null,
  withheld: null,
};

interface PassagesEvent {
  passages: (Passage & { marker: number })[];
  dropped: (Passage & { marker: number })[];
  search_query: string;
}

/** The answer after one more event of its stream. */
export function advance(answer: Answer, { event, data }: StreamEvent): Answer {
  switch (event) {
    case "status":
      return { ...answer, progress: data as Progress };
    case "passages": {
      const found = data as PassagesEvent;
      const evidence = [
        ...found.passages.map((p) => ({ marker: p.marker, passage: p, dropped: false })),
        ...found.dropped.map((p) => ({ marker: p.marker, passage: p, dropped: true })),
      ];
      return { ...answer, evidence, searchQuery: found.search_query };
    }
    case "token":
      return { ...answer, text: answer.text + (data as { text: string }).text };
    case "warning":
      return { ...answer, warnings: [...answer.warnings, data as Answer["warnings"][number]] };
    case "done": {
      const outcome = data as Outcome;
      const status = outcome.finish_reason === "length" ? "partial" : "complete";
      return { ...answer, writing: false, status, outcome };
    }
    case "error":
      return ended(answer, data as Failure);
    default:
      return answer;
  }
}

/** An answer that ended before its time: stopped, not to be shown any more, or failed. */
function ended(answer: Answer, error: Failure): Answer {
  const { code } = error;
  if (code === "withheld" || code === "erased") return { ...unwritten, writing: false, status: "failed", withheld: code };
  if (code === "cancelled" || code === "interrupted") return { ...answer, writing: false, status: code };
  return { ...answer, writing: false, status: answer.text ? "partial" : "failed", error };
}

/** Whether an event is the last of its stream. */
export function isLast({ event }: StreamEvent): boolean {
  return event === "done" || event === "error";
}

/** A stored answer. */
export function answerOf(message: Message): Answer {
  const details = message.details as Partial<Outcome> & {
    warnings?: Answer["warnings"];
    error?: Failure;
  };
  return {
    ...unwritten,
    writing: isWriting(message),
    status: message.status,
    text: message.content,
    evidence: message.evidence.map((e) => ({
      marker: e.marker,
      passage: e.passage as Passage,
      dropped: e.dropped,
    })),
    warnings: details.warnings ?? [],
    outcome: details.mode ? (details as Outcome) : null,
    error: details.error ?? null,
    searchQuery: message.search_query,
    withheld: message.withheld,
  };
}

const LOW_CONFIDENCE = 1 / 3;

/** Whether it was written although its passages seldom hold the answer: the chance is calibrated. */
export function isOfLowRelevance({ outcome }: Answer): boolean {
  return outcome !== null && outcome.mode !== "not_found" && outcome.confidence < LOW_CONFIDENCE;
}

/** Whether the server still writes an answer. */
export function isWriting(message: Message): boolean {
  return message.status === "pending" || message.status === "streaming";
}
