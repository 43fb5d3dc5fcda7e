/** Where the focus goes when a window closes: to what opened it, or near where that stood. */
import { useEffect, useLayoutEffect, useRef, useState } from "react";

const FOCUSABLE = "a[href], button, input, select, textarea";
const OPENS_MENU = "[aria-haspopup]";

/** An element and where it stands, which is still known when it is gone. */
interface Place {
  element: HTMLElement;
  parent: HTMLElement;
  index: number;
}

let last: Element | null = null;

// What is in a menu is gone before the window that it opened; the menu's button has it focus before.
document.addEventListener("focusin", ({ target }) => {
  if (target instanceof Element && !target.closest("[role=menu]")) last = target;
});

/** For a window's `finalFocus`: looked up when it closes, or when it is gone with what opened it. */
export function useFinalFocus(open: boolean): { readonly current: HTMLElement | null } {
  const places = useRef<Place[]>([]);
  useLayoutEffect(() => {
    if (open) places.current = placesOf(last);
  }, [open]);
  const [found] = useState(() => ({
    get current() {
      return nearest(places.current);
    },
  }));
  return found;
}

/** Has `within` take the focus when what held it there is gone, such as a form that was sent. */
export function useKeptFocus(within: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const watcher = new MutationObserver(() => {
      if (document.activeElement === document.body) within.current?.focus();
    });
    if (within.current) watcher.observe(within.current, { childList: true, subtree: true });
    return () => watcher.disconnect();
  }, [within]);
}

/** An element's place and those of all it is in. */
export function placesOf(opener: Element | null): Place[] {
  const places: Place[] = [];
  for (let element = opener; element instanceof HTMLElement; element = element.parentElement) {
    const parent = element.parentElement;
    if (parent) places.push({ element, parent, index: [...parent.children].indexOf(element) });
  }
  return places;
}

/** The opener; without it what took its place, as the next row of a list; else the view. */
export function nearest(places: readonly Place[]): HTMLElement | null {
  const opener = places[0]?.element;
  if (opener && isUsable(opener)) return opener;
  for (const { parent, index } of places) {
    if (!parent.isConnected) continue;
    if (parent.id === "content") break;
    const there = parent.children[Math.min(index, parent.children.length - 1)];
    const near = there ? usableIn(there) : [];
    const alike = opener?.matches(OPENS_MENU) ? near.find((one) => one.matches(OPENS_MENU)) : undefined;
    const found = alike ?? near[0] ?? usableIn(parent)[0];
    if (found) return found;
  }
  return document.getElementById("content");
}

function usableIn(element: Element): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(isUsable);
}

function isUsable(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(":disabled") && element.checkVisibility();
}
