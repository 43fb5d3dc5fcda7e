"""How fast the page is in a real browser: ready to type, typing beside a long answer, its size.

    python -m benchmarks.page [--rounds 5]

Server, stand-in for Ollama and Chromium are processes of their own. "ready" is the time from the
navigation to the question's box having the focus, in a browser that has nothing of the page yet
(cold) and in one that has (warm). Then 2,000 tokens are streamed while 60 characters are typed:
what the main thread does in a frame, the time between frames, and the longest task.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import sync_playwright
from tests.chromium import find_chromium
from tests.server_process import ServerProcess, wait_for

TOKENS = 2_000
TOKEN_DELAY = 0.008
TOKEN = re.compile(r"\s*(?:\w+|[^\w\s])")
"""What the stand-in sends at once."""
PASSWORD = "granite otter velvet moon"
SETTLED_MS = 500
"""What the end of an answer sets off is over by then, and watched too."""
TYPED = "and what does the same contract say about the other harbour?"
WATCH_READY = """
const look = () => {
  if (document.activeElement?.tagName === "TEXTAREA") window.readyAt = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
WATCH_FRAMES = """() => {
  const seen = { work: [], between: [], tasks: [], on: true };
  window.seen = seen;
  const observer = new PerformanceObserver((list) => {
    for (const task of list.getEntries()) seen.tasks.push(task.duration);
  });
  observer.observe({ type: "longtask" });
  const channel = new MessageChannel();
  let began = 0;
  // A message that a frame's first callback sends arrives when the frame was drawn.
  channel.port1.onmessage = () => seen.work.push(performance.now() - began);
  let last = performance.now();
  const frame = (now) => {
    began = performance.now();
    seen.between.push(now - last);
    last = now;
    channel.port2.postMessage(0);
    if (seen.on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""


@contextmanager
def standin() -> Iterator[str]:
    """A model that always says the same long text; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "tests.ollama_standin", "--port", str(port)]
    command += ["--token-delay", str(TOKEN_DELAY), "--reply", long_answer()]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def long_answer() -> str:
    """Markdown of TOKENS tokens, as the stand-in counts: paragraphs, lists and tables."""
    sentence = "The harbour master keeps **one berth** free for boats in need."
    paragraph = " ".join([sentence] * 5)
    listed = "\n".join(f"- {sentence}" for _ in range(4))
    table = "\n".join(["| berth | dues |", "|---|---|", *("| north | eleven crowns |",) * 6])
    part = "\n\n".join([paragraph, listed, table]) + "\n\n"
    tokens = TOKEN.findall(part * TOKENS)
    return "".join(tokens[:TOKENS])


def prepare(server: ServerProcess) -> None:
    """A person and a document to ask about."""
    with server.client() as client:
        made = client.post("users", json={"username": "ann"}).json()
        ann = {"username": "ann", "password": made["one_time_password"]}
        token = client.post("auth/token", json=ann).json()["access_token"]
        change = {"current_password": ann["password"], "new_password": PASSWORD}
        address = f"{server.entry.url}/api/v1/auth/password"
        bearer = {"Authorization": f"Bearer {token}"}
        httpx.post(address, json=change, headers=bearer, trust_env=False).raise_for_status()
        shelf = client.post("collections", json={"name": "Harbour", "open_to_everyone": True})
        path = f"collections/{shelf.json()['id']}/documents"
        text = b"The harbour master keeps one berth free for boats in need."
        sent = client.post(path, files={"file": ("harbour.txt", text)}).json()
        status = f"documents/{sent['document']['id']}/status"
        wait_for(lambda: client.get(status).json()["searchable"], "searchable", 120)


def sign_in(page: Any, url: str) -> None:
    """By the page, once; the cookies serve every later context."""
    page.goto(url)
    page.get_by_label("User name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("textarea:focus").wait_for()


def ready_ms(page: Any, url: str) -> float:
    """Milliseconds from the navigation to the box that takes what is typed."""
    page.goto(url)
    page.locator("textarea:focus").wait_for()
    return float(page.evaluate("window.readyAt"))


def count_bytes(page: Any) -> list[float]:
    """What comes over the wire for the page's files from now on, as compressed by the server."""
    sizes: list[float] = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    kinds: dict[str, str] = {}
    devtools.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))

    def finished(event: dict[str, Any]) -> None:
        if kinds.get(event["requestId"]) in ("Document", "Script", "Stylesheet", "Image", "Font"):
            sizes.append(event["encodedDataLength"])

    devtools.on("Network.loadingFinished", finished)
    return sizes


def loads(browser: Any, url: str, cookies: Any, rounds: int) -> None:
    """Print how soon one can type, and how much that takes."""
    cold, warm, first = [], [], []
    for _ in range(rounds):
        context = browser.new_context(storage_state=cookies, locale="en-US")
        context.add_init_script(WATCH_READY)
        page = context.new_page()
        sizes = count_bytes(page)
        cold.append(ready_ms(page, url))
        page.wait_for_load_state("networkidle")
        first = list(sizes)
        warm.append(ready_ms(page, url))
        context.close()
    print(f"ready to type, cold: median {np.median(cold):.0f} ms, most {max(cold):.0f} ms (1000)")
    print(f"ready to type, warm: median {np.median(warm):.0f} ms, most {max(warm):.0f} ms (1000)")
    print(f"first load: {sum(first) / 1000:.0f} kB in {len(first)} files (350)")


def typing(browser: Any, url: str, cookies: Any) -> None:
    """Print what frames cost while an answer is written and a question is typed."""
    context = browser.new_context(storage_state=cookies, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    page.get_by_label("Your question").fill("Which berth does the harbour master keep free?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/*")
    page.locator("article table").first.wait_for()
    box = page.get_by_label("Your question")
    box.focus()
    page.evaluate(WATCH_FRAMES)
    page.keyboard.type(TYPED, delay=100)
    # Of what is watched only attributes are read: reading its text would have it laid out.
    busy = page.locator("article").get_attribute("aria-busy")
    page.get_by_role("button", name="Copy with sources").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    seen = page.evaluate("() => { window.seen.on = false; return window.seen; }")
    assert box.input_value() == TYPED
    words = len(page.locator("article").inner_text().split())
    print(f"typed {len(TYPED)} characters beside {words} words; still written then: {busy}")
    print(f"work in a frame: p95 {np.percentile(seen['work'], 95):.1f} ms (16)")
    print(f"between frames: p95 {np.percentile(seen['between'], 95):.1f} ms")
    print(f"longest task: {max(seen['tasks'], default=0):.0f} ms (100; under 50 none is told)")


def main() -> None:
    """Print the figures with their budgets in brackets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, standin() as model, sync_playwright() as api:
        server = ServerProcess(Path(folder) / "data", ollama_endpoint=model, num_predict=4 * TOKENS)
        try:
            url = server.start().url
            prepare(server)
            browser = api.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            context = browser.new_context(locale="en-US")
            sign_in(context.new_page(), url)
            cookies = context.storage_state()
            context.close()
            loads(browser, url, cookies, rounds)
            typing(browser, url, cookies)
            browser.close()
        finally:
            server.end()


if __name__ == "__main__":
    main()
