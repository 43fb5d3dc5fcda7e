/** A piece of Markdown that can be drawn by itself, and where it begins. */
export interface Block {
  text: string;
  start: number;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** Cut text at blank lines outside fenced code. */
export function splitBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let fence = "";
  let start = 0;
  let at = 0;
  for (const line of text.split("\n")) {
    const opening = FENCE.exec(line)?.[1];
    if (!fence && opening) fence = opening;
    else if (fence && opening?.startsWith(fence) && line.trim() === opening) fence = "";
    const next = at + line.length + 1;
    if (!fence && line.trim() === "") {
      push(blocks, text, start, at);
      start = next;
    }
    at = next;
  }
  push(blocks, text, start, text.length);
  return blocks;
}

function push(blocks: Block[], text: string, start: number, end: number): void {
  if (end > start) blocks.push({ text: text.slice(start, end), start });
}
