import { expect, it } from "vitest";

import { advance, type Answer, isLast, isOfLowRelevance, type Outcome, unwritten } from "./answer";

const play = (events: [string, unknown][]): Answer =>
  events.reduce((answer, [event, data]) => advance(answer, { id: undefined, event, data }), unwritten);

it("grows by tokens and ends with what is known of it", () => {
  const done = { mode: "generated", model: "m", finish_reason: "stop", confidence: 0.8, support: [], short_answer: null, budget: null, timings: {} };
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

it.each([
  ["cancelled", { status: "cancelled", text: "Half", error: null }],
  ["interrupted", { status: "interrupted", text: "Half", error: null }],
  ["withheld", { withheld: "withheld", text: "", evidence: [] }],
  ["erased", { withheld: "erased", text: "", evidence: [] }],
])("knows an end by its code: %s", (code, expected) => {
  const answer = play([["token", { text: "Half" }], ["error", { code, message: "m", hint: "h" }]]);
  expect(answer).toMatchObject({ ...expected, writing: false });
});

it.each([
  ["generated", 0.2, true],
  ["extractive", 0.2, true],
  ["generated", 0.5, false],
  ["not_found", 0.01, false],
] as const)("warns of low relevance: %s at %d is %s", (mode, confidence, low) => {
  expect(isOfLowRelevance({ ...unwritten, outcome: { mode, confidence } as Outcome })).toBe(low);
});

it("says that an answer was cut off at its greatest length", () => {
  expect(play([["done", { finish_reason: "length" }]]).status).toBe("partial");
});
