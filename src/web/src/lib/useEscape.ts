import { useEffect, useEffectEvent } from "react";

const waiting: (() => void)[] = [];

/** Call `close` on Escape, unless something nearer takes the key: the last that opened goes first. */
export function useEscape(close: () => void): void {
  const onEscape = useEffectEvent(close);
  useEffect(() => {
    const mine = () => onEscape();
    if (waiting.length === 0) window.addEventListener("keydown", listen);
    waiting.push(mine);
    return () => {
      waiting.splice(waiting.indexOf(mine), 1);
      if (waiting.length === 0) window.removeEventListener("keydown", listen);
    };
  }, []);
}

function listen(event: KeyboardEvent): void {
  if (event.key !== "Escape" || event.defaultPrevented || isWithinPopup(event.target)) return;
  waiting.at(-1)?.();
}

// The library closes its windows and menus by itself, without saying that it did.
function isWithinPopup(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[role=dialog], [role=menu]") !== null;
}
