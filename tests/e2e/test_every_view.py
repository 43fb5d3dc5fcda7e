"""Every view, light and dark, wide and narrow: for everyone to use, and no larger than allowed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.house import LEASE, PASSWORD, House, make_pdf, until_searchable, upload
from tests.e2e.steps import sign_in

from on_prem_rag.api.page import PAGE

AXE = Path(__file__).parents[2] / "src" / "web" / "node_modules" / "axe-core" / "axe.min.js"
FIRST_LOAD_BYTES = 350_000
SECTIONS = ["overview", "people", "groups", "programs", "keys", "limits", "feedback", "settings"]


@pytest.fixture(scope="module")
def places(house: House) -> Iterator[list[str]]:
    """The addresses of all views, with something to see at each."""
    with house.sign_in("root", "admin") as root:
        made = root.post("/api/v1/collections", json={"name": "Leases"}).json()["id"]
        document = upload(root, made, "lease.pdf", make_pdf(LEASE)).json()["document"]["id"]
        assert until_searchable(root, document)["searchable"]
        talk = root.post("/api/v1/conversations", json={"title": ""}).json()["id"]
        ask(root, talk)
        spare = root.post("/api/v1/conversations", json={"title": ""}).json()["id"]
        ask(root, spare)
        receipt = root.delete(f"/api/v1/conversations/{spare}").json()["id"]
        yield [
            "/",
            f"/c/{talk}",
            "/search?q=notice+period",
            "/library",
            f"/library/{made}",
            f"/library/{made}?view=people",
            f"/documents/{document}",
            "/account",
            "/receipts",
            f"/receipts/{receipt}",
            *(f"/admin/{section}" for section in SECTIONS),
        ]


def ask(client: httpx.Client, conversation_id: str) -> None:
    """Ask, and wait for the whole answer."""
    place = f"/api/v1/conversations/{conversation_id}/messages"
    asked = client.post(place, json={"content": "How long is the notice period?"}).json()
    assert "event: done" in client.get(asked["events_url"]).text


def violations(page: Any) -> list[str]:
    """Serious and critical findings of axe on what is shown."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{page.url}: {each['id']} {each['nodes'][0]['html'][:120]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.skipif(not AXE.exists(), reason="needs `uv run npm --prefix src/web ci`")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Any, house: House, places: list[str], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(house.url)
    page.get_by_label("User name").wait_for()
    found = violations(page)
    sign_in(page, house, "root", "admin")
    for place in places:
        page.goto(f"{house.url}{place}")
        settle(page)
        found += violations(page)
        if "/c/" in place:
            page.get_by_role("button", name=re.compile("^Source")).first.click()
            page.locator("aside img").wait_for()
            found += violations(page)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    found += violations(page)
    assert found == []


@pytest.mark.skipif(not AXE.exists(), reason="needs `uv run npm --prefix src/web ci`")
def test_axe_finds_what_is_planted(page: Any, house: House) -> None:
    page.goto(house.url)
    page.get_by_label("User name").wait_for()
    page.evaluate("document.body.append(document.createElement('button'))")
    assert [found for found in violations(page) if "button-name" in found]


def test_nothing_is_wider_than_a_small_telephone(
    page: Any, house: House, places: list[str]
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(house.url)
    sign_in_by_keyboard(page, house)
    wide = []
    for place in places:
        page.goto(f"{house.url}{place}")
        settle(page)
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            wide.append(place)
    assert wide == []


def sign_in_by_keyboard(page: Any, house: House) -> None:
    """The same without a mouse, where the places are behind a menu."""
    page.get_by_label("User name").focus()
    page.keyboard.type("root")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Your question").wait_for()


def settle(page: Any) -> None:
    """Wait until a view shows what it is for."""
    page.locator("main h1, main h2").first.wait_for()
    page.wait_for_load_state("networkidle")


def test_the_first_load_is_small() -> None:
    document = (PAGE / "index.html").read_text()
    names = re.findall(r'/assets/([^"]+)', document)
    first = [*names, *(n for n in built() if n.startswith("Ask-"))]
    sizes = {name: len(gzip.compress((PAGE / "assets" / name).read_bytes())) for name in first}
    assert len(sizes) > 3
    assert sum(sizes.values()) < FIRST_LOAD_BYTES, sizes


def built() -> list[str]:
    """Names of all files of the page."""
    return [path.name for path in (PAGE / "assets").iterdir()]
