import { type RefObject, useEffect, useState } from "react";

const MARGIN = 400;
const STEP = 200;

interface Lines {
  /** The first line that is drawn, and the one after the last. */
  first: number;
  end: number;
  /** Where each line begins, and after the last one, where the list ends; in pixels. */
  tops: number[];
}

/** Which lines of a long list are in view or close to it; `heights` are in rem. */
export function useVisibleLines(box: RefObject<HTMLElement | null>, heights: number[]): Lines {
  const [view, setView] = useState({ top: 0, height: window.innerHeight, rem: 16 });
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const look = () => {
      // In steps, so that most of scrolling draws nothing anew.
      const top = Math.floor(element.scrollTop / STEP) * STEP;
      const height = element.clientHeight + STEP;
      const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
      setView((was) => (was.top === top && was.height === height && was.rem === rem ? was : { top, height, rem }));
    };
    const watcher = new ResizeObserver(look);
    watcher.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box]);
  return visibleLines(heights, view.rem, view.top - MARGIN, view.top + view.height + MARGIN);
}

/** The lines between two heights of the list. */
export function visibleLines(heights: number[], rem: number, from: number, to: number): Lines {
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) ?? 0) + height * rem);
  const below = tops.findIndex((top) => top > from);
  const beyond = tops.findIndex((top) => top >= to);
  return {
    first: below < 0 ? heights.length : Math.max(0, below - 1),
    end: beyond < 0 ? heights.length : Math.min(beyond, heights.length),
    tops,
  };
}
