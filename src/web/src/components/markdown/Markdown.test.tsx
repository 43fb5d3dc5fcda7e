import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { Markdown } from "./Markdown";

function show(text: string, unsupported: { start: number; end: number }[] = []) {
  return render(
    <Markdown
      text={text}
      markers={new Set([1, 2])}
      unsupported={unsupported}
      renderCitation={(marker) => <button type="button">{marker}</button>}
    />,
  ).container;
}

describe("Markdown", () => {
  it("makes citations of the markers there are passages for, and of no other number", () => {
    const page = show("Nine months [1][2]. See [3] and `[1]`.");
    expect(screen.getAllByRole("button").map((b) => b.textContent)).toEqual(["1", "2"]);
    expect(page.textContent).toContain("[3]");
    expect(page.querySelector("code")?.textContent).toBe("[1]");
  });

  it.each([
    "[click](https://evil.example/?q=secret)",
    "https://evil.example/secret",
    "<https://evil.example>",
    "![x](https://evil.example/x.png)",
    "[a]: https://evil.example\n\n[a]",
    '<img src="https://evil.example/x.png" onerror="alert(1)">',
    "<svg><script>alert(1)</script></svg>",
    "<style>@import url(https://evil.example)</style>",
    "[x](javascript:alert(1))",
    "![x](data:image/png;base64,AAAA)",
    "<a href='https://evil.example'>x</a>",
    "<iframe src='https://evil.example'></iframe>",
  ])("leaves nothing to load or to follow in %s", (text) => {
    const page = show(text);
    expect(page.querySelector("a, img, svg, style, script, iframe, [src], [href], [style]")).toBeNull();
  });

  it("marks sentences that nothing bears out, counted in code points", () => {
    const text = "Fine 🙂 [1]. Made up. Fine again [2].";
    const start = text.indexOf("Made") - 1; // the emoji is two units and one point
    const page = show(text, [{ start, end: start + 8 }]);
    const marked = page.querySelector("[title]");
    expect(marked?.firstChild?.textContent).toBe("Made up.");
  });

  it("keeps what stands while more is written", () => {
    const marks = { markers: new Set<number>(), unsupported: [], renderCitation: () => null };
    const { container, rerender } = render(<Markdown text={"First.\n\nSec"} {...marks} />);
    const first = container.querySelector("p");
    rerender(<Markdown text={"First.\n\nSecond."} {...marks} />);
    expect(container.querySelector("p")).toBe(first);
    expect(container.textContent).toContain("Second.");
  });
});
