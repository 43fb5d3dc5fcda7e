import { beforeEach, expect, it } from "vitest";

import { nearest, placesOf } from "./finalFocus";

beforeEach(() => {
  // Nothing is drawn here, so everything counts as visible.
  HTMLElement.prototype.checkVisibility = () => true;
  document.body.innerHTML = `
    <div id="content"><main><input id="search"><ul>
      <li><a href="#a">a</a><button id="a" aria-haspopup="menu"></button></li>
      <li><a href="#b">b</a><button id="b" aria-haspopup="menu"></button></li>
    </ul></main></div>`;
});

const at = (id: string) => document.querySelector(`#${id}`);

it("goes back to what opened the window", () => {
  expect(nearest(placesOf(at("a")))?.id).toBe("a");
});

it("goes to the row that took its place, to the like of what opened the window", () => {
  const places = placesOf(at("a"));
  at("a")?.parentElement?.remove();
  expect(nearest(places)?.id).toBe("b");
});

it("goes to the row before when the last is gone, and out of a list that is empty", () => {
  const places = placesOf(at("b"));
  at("b")?.parentElement?.remove();
  expect(nearest(places)?.id).toBe("a");
  at("a")?.parentElement?.remove();
  expect(nearest(places)?.id).toBe("search");
});

it("goes to the content when the view is another", () => {
  const places = placesOf(at("a"));
  document.querySelector("main")?.remove();
  expect(nearest(places)?.id).toBe("content");
});
