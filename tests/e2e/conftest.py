"""A real browser on a real server with a real worker."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.house import House, make_settings, open_house, working
from tests.server_process import give_model

from on_prem_rag.api.page import page_is_built

ORIGIN_FREE = ("blob:", "data:")
"""Addresses that leave nothing: what the page itself holds."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    if not page_is_built():
        pytest.skip("the page is not built: run `npx vite build` in src/web")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, built_model: Path) -> Iterator[House]:
    """A server and a worker on a data directory of their own."""
    settings = make_settings(tmp_path_factory.mktemp("e2e"))
    give_model(built_model, settings.data_dir)
    with open_house(settings) as house, working(settings):
        yield house


@pytest.fixture
def page(browser: Any, house: House) -> Iterator[Any]:
    """A tab; what it asks of others and what its policy forbids fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(20_000)
    elsewhere: list[str] = []
    complaints: list[str] = []
    own = (house.url, *ORIGIN_FREE)
    page.on("request", lambda r: None if r.url.startswith(own) else elsewhere.append(r.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Security Policy" in said.text else None,
    )
    yield page
    context.close()
    assert elsewhere == []
    assert complaints == []
