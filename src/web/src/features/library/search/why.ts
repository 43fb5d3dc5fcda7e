/** Why a passage was found, and which of its words were asked for. */
import type { Schemas } from "@/client/api";

type Passage = Schemas["PassageBody"];

export type Reason = "both" | "meaning" | "words" | "neither";

/** By what a passage was found: what it means, the words in it, or both. */
export function reasonOf({ dense_score, lexical_score }: Passage): Reason {
  if (dense_score !== null && lexical_score !== null) return "both";
  if (dense_score !== null) return "meaning";
  return lexical_score !== null ? "words" : "neither";
}

/** The best score by words of a list: a BM25 value has no upper end of its own. */
export function bestLexical(passages: Passage[]): number {
  return Math.max(0, ...passages.map((passage) => passage.lexical_score ?? 0));
}

export interface Piece {
  text: string;
  asked: boolean;
}

const WORD = /[\p{L}\p{N}]+/gu;
/** They stand in every sentence, and would be marked in all of them. */
const COMMON = new Set(
  (
    "a an and are as at be by can did do does for from had has have how in is it its of on or that the their this to " +
    "was were what when where which who why will with " +
    "als am an auch auf aus bei bis das dass dem den der des die ein eine einem einen einer es fur hat ich im ist " +
    "kann man mit nach nicht oder sich sie sind uber um und von vom vor wann war was welche wer wie wird wo zu zum zur"
  ).split(" "),
);
/** Longer words are asked for in all their forms: "lease" finds "leases" too. */
const STEM = 4;

/** The text in pieces, with the words that the query asked for marked as such. */
export function piecesOf(text: string, query: string): Piece[] {
  const asked = (query.match(WORD) ?? []).map(plain).filter((word) => !COMMON.has(word));
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    if (!asked.some((word) => isForm(plain(match[0]), word))) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), asked: false });
    end = match.index + match[0].length;
    pieces.push({ text: match[0], asked: true });
  }
  if (end < text.length) pieces.push({ text: text.slice(end), asked: false });
  return pieces;
}

function isForm(word: string, asked: string): boolean {
  if (word === asked) return true;
  const [short, long] = word.length < asked.length ? [word, asked] : [asked, word];
  return short.length >= STEM && long.length - short.length <= 2 && long.startsWith(short);
}

/** Without case and accents. */
function plain(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
