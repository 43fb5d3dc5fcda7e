import { expect, it } from "vitest";

import { advance, type Answer, isLast, unwritten } from "./answer";

const play = (events: [string, unknown][]): Answer =>
  events.reduce((answer, [event, data]) => advance(answer, { id: undefined, event, data }), unwritten);

it("grows by tokens and ends with what is known of it", () => {
  const done = { mode: "generated", model: "m", confidence: 0.8, support: [], short_answer: null, budget: null, timings: {} };
  const answer = play([
    ["status", { stage: "searching", passages: null, position: null }],
    ["passages", { passages: [{ marker: 1, text: "a" }], dropped: [{ marker: 2, text: "b" }], search_query: "q" }],
    ["token", { text: "Nine " }],
    ["token", { text: "months [1]." }],
    ["done", done],
  ]);
  expect(answer).toMatchObject({ text: "Nine months [1].", writing: false, status: "complete", searchQuery: "q", outcome: done });
  expect(answer.evidence.map((e) => [e.marker, e.dropped])).toEqual([[1, false], [2, true]]);
});

it("keeps what was written before an error", () => {
  const answer = play([["token", { text: "Half" }], ["error", { code: "x", message: "m", hint: "h" }]]);
  expect(answer).toMatchObject({ text: "Half", writing: false, status: "partial", error: { code: "x" } });
  expect(isLast({ id: undefined, event: "error", data: {} })).toBe(true);
});

it("passes over events it does not know", () => {
  expect(play([["later", {}]])).toEqual(unwritten);
});
