/** What an answer's text has beyond Markdown: citations, and sentences that nothing bears out. */
import type { Parent, PhrasingContent, Root, RootContent, Text } from "mdast";

const MARKER = /\[(\d{1,3})\]/g;

export interface Marks {
  /** Numbers of the passages that may be cited; any other number stays text. */
  markers: ReadonlySet<number>;
  /** Where unsupported sentences begin and end, in UTF-16 units of this text. */
  unsupported: readonly (readonly [number, number])[];
}

/** Turn markers into citations and wrap what is unsupported. */
export function remarkAnswer(marks: Marks) {
  return (root: Root): void => visit(root, marks);
}

function visit(parent: Parent, marks: Marks): void {
  parent.children = parent.children.flatMap((child): RootContent[] => {
    if (child.type === "text") return splitText(child, marks);
    if ("children" in child) visit(child, marks);
    return [child];
  });
}

function splitText(node: Text, marks: Marks): PhrasingContent[] {
  const start = node.position?.start.offset ?? 0;
  const pieces: PhrasingContent[] = [];
  let from = 0;
  for (const match of node.value.matchAll(MARKER)) {
    const number = Number(match[1]);
    if (!marks.markers.has(number)) continue;
    pieces.push(...splitSentences(node.value.slice(from, match.index), start + from, marks));
    pieces.push(citation(number));
    from = match.index + match[0].length;
  }
  pieces.push(...splitSentences(node.value.slice(from), start + from, marks));
  return pieces;
}

function splitSentences(value: string, start: number, marks: Marks): PhrasingContent[] {
  const pieces: PhrasingContent[] = [];
  let from = 0;
  for (const [begin, end] of marks.unsupported) {
    const first = Math.max(from, begin - start);
    const last = Math.min(value.length, end - start);
    if (first >= last) continue;
    if (first > from) pieces.push(text(value.slice(from, first)));
    pieces.push(unsupported(value.slice(first, last)));
    from = last;
  }
  if (from < value.length) pieces.push(text(value.slice(from)));
  return pieces;
}

function text(value: string): Text {
  return { type: "text", value };
}

function citation(number: number): PhrasingContent {
  return {
    type: "emphasis",
    data: { hName: "cite", hProperties: { dataMarker: number } },
    children: [text(String(number))],
  };
}

function unsupported(value: string): PhrasingContent {
  return { type: "emphasis", data: { hName: "mark" }, children: [text(value)] };
}
