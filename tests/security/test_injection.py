"""Documents that want an answer to carry something out, in the page a person opens in the end.

The model here is the worst there is: it repeats every passage word for word and cites passages that
it was never sent. What it writes goes the whole way: stored, exported and opened in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.conftest import (  # noqa: F401 - fixtures
    ann,
    house,
    model,
)
from tests.api.house import House, until_searchable, upload, working
from tests.chromium import find_chromium
from tests.eval_data import FULL
from tests.hostile_markdown import EVIL, HOSTILE, LINKS

CHROMIUM = find_chromium()
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
_PASSAGE = re.compile(r"<<<PASSAGE (\d+)>>>\n(?:Source: [^\n]*\n)?(.*?)\n<<<END \1>>>", re.DOTALL)
_TOGETHER = 6
"""Documents a question is bounded to: few enough that all of them fit into one prompt."""


TEXTS = HOSTILE if FULL else [*HOSTILE[: len(LINKS) : 3], *HOSTILE[len(LINKS) :]]


def obey(messages: list[dict[str, Any]]) -> str:
    """All passages word for word, each cited, and citations of passages that do not exist."""
    prompt = "\n".join(str(message.get("content", "")) for message in messages)
    repeated = "\n\n".join(f"{text} [{number}]" for number, text in _PASSAGE.findall(prompt))
    return f"{repeated}\n\nAll this is certain [99] 【98】 [97]({EVIL}/fake)."


@pytest.fixture(scope="session")
def documents(house: House, ann: httpx.Client) -> list[str]:  # noqa: F811
    """Ids of a document for each hostile text."""
    made = ann.post("/api/v1/collections", json={"name": "Hostile"}).json()["id"]
    ids = []
    for number, text in enumerate(TEXTS):
        body = f"The code word of ship {number} is harbour{number}.\n\n{text}\n"
        sent = upload(ann, made, f"ship-{number}.txt", body.encode())
        ids.append(sent.json()["document"]["id"])
    with working(house.appliance.settings):
        for document_id in ids:
            assert until_searchable(ann, document_id)["searchable"]
    return ids


@pytest.fixture(scope="session")
def conversation(house: House, ann: httpx.Client, documents: list[str]) -> str:  # noqa: F811
    """A conversation whose answers repeat all of them."""
    assert house.ollama is not None
    standin, before = house.ollama.standin, house.ollama.standin.reply
    standin.reply = obey
    made = ann.post("/api/v1/conversations", json={"title": f"<img src={EVIL}/t>"}).json()["id"]
    place = f"/api/v1/conversations/{made}"
    for start in range(0, len(documents), _TOGETHER):
        ships = documents[start : start + _TOGETHER]
        body = {"content": "Which code words do the ships have?", "document_ids": ships}
        asked = ann.post(f"{place}/messages", json=body)
        assert asked.status_code == 202, asked.text
        assert "event: done" in ann.get(asked.json()["events_url"]).text
    standin.reply = before
    return place


@pytest.fixture(scope="session")
def answers(ann: httpx.Client, conversation: str) -> list[dict[str, Any]]:  # noqa: F811
    items = ann.get(f"{conversation}/messages").json()["items"]
    return [item for item in items if item["role"] == "assistant"]


def test_every_hostile_text_reached_an_answer(
    answers: list[dict[str, Any]], documents: list[str]
) -> None:
    assert len(documents) >= 100
    assert {answer["details"]["mode"] for answer in answers} == {"generated"}
    whole = "\n".join(answer["content"] for answer in answers)
    repeated = {int(number) for number in re.findall(r"is harbour(\d+)\.", whole)}
    assert repeated == set(range(len(TEXTS)))
    assert EVIL in whole


def test_nothing_is_cited_that_was_not_retrieved(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        sent = {row["marker"] for row in answer["evidence"] if not row["dropped"]}
        cited = {row["marker"] for row in answer["evidence"] if row["cited"]}
        assert cited
        assert cited <= sent
        assert not {97, 98, 99} & sent


class Watch:
    """Opens files in a browser and notes what they ask for and what ran in them."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    def open(self, file: Path) -> tuple[list[str], list[str], Any]:
        """Addresses asked for besides the file's own, signs of scripts, and its links."""
        context = self._browser.new_context()
        asked: list[str] = []
        signs: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
        page = context.new_page()
        page.on("dialog", lambda dialog: (signs.append(dialog.message), dialog.dismiss()))
        page.on("popup", lambda popup: signs.append(popup.url))
        page.goto(file.as_uri(), wait_until="load")
        page.mouse.move(50, 50)
        page.wait_for_load_state("networkidle")
        if page.evaluate("typeof window.hacked") != "undefined" or page.title() == "hacked":
            signs.append("a script ran")
        links = page.evaluate(
            "[...document.querySelectorAll('[href]')].map(e => [e.href, "
            "e.hash !== '' && document.querySelector(e.hash) !== null])"
        )
        context.close()
        own = file.as_uri()
        return [url for url in asked if url.partition("#")[0] != own], signs, links


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield Watch(browser)
        browser.close()


@pytest.mark.parametrize("policy", ["as exported", "without its policy"])
def test_the_exported_page_asks_for_nothing_and_runs_nothing(
    ann: httpx.Client,  # noqa: F811
    conversation: str,
    watch: Watch,
    tmp_path: Path,
    policy: str,
) -> None:
    html = ann.get(f"{conversation}/export", params={"format": "html"}).text
    assert html.count("harbour") >= len(TEXTS)
    if policy == "without its policy":
        html, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
        assert count == 1
    file = tmp_path / "export.html"
    file.write_text(html)
    asked, signs, links = watch.open(file)
    assert (asked, signs) == ([], [])
    assert links
    assert all(url.startswith(f"{file.as_uri()}#evidence-") for url, _ in links)
    assert all(leads_somewhere for _, leads_somewhere in links)


@pytest.mark.parametrize(
    "planted",
    [
        f"<img src='{EVIL}/i.png'>",
        f"<link rel=stylesheet href='{EVIL}/c.css'>",
        "<script>window.hacked=1</script>",
        "<svg onload='window.hacked=1'></svg>",
        "<script>alert(1)</script>",
    ],
)
def test_the_watch_sees_what_a_page_asks_for_and_runs(
    watch: Watch, tmp_path: Path, planted: str
) -> None:
    file = tmp_path / "planted.html"
    file.write_text(f"<!DOCTYPE html><body>{planted}</body>")
    asked, signs, _ = watch.open(file)
    assert asked if EVIL in planted else signs
