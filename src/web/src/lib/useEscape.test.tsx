import { fireEvent, render } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { useEscape } from "./useEscape";

function Closable({ close }: { close: () => void }) {
  useEscape(close);
  return null;
}

it("goes to what opened last, and not to what lies below a window", () => {
  const [below, above] = [vi.fn(), vi.fn()];
  const page = render(<Closable close={below} />);
  const upper = render(<Closable close={above} />);
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect([below, above].map((f) => f.mock.calls.length)).toEqual([0, 1]);
  upper.unmount();
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(below).toHaveBeenCalledTimes(1);
  const { getByRole } = render(<div role="dialog" />);
  fireEvent.keyDown(getByRole("dialog"), { key: "Escape" });
  expect(below).toHaveBeenCalledTimes(1);
  page.unmount();
  fireEvent.keyDown(document.body, { key: "Escape" });
  expect(below).toHaveBeenCalledTimes(1);
});
