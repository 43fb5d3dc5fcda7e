"""A real browser on a real server with a worker, and a model that answers from its passages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from tests.api.house import House, make_settings, open_house, working
from tests.chromium import find_chromium
from tests.databases import own_database
from tests.ollama_standin import ThreadedStandIn
from tests.server_process import give_model

from on_prem_rag.api.page import page_is_built

OWN = ("blob:", "data:")
"""Addresses that leave nothing: what the page itself holds."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium, for one module: while it is open an event loop runs in this thread."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    if not page_is_built():
        pytest.skip("the page is not built: run `npx vite build` in src/web")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, built_model: Path
) -> Iterator[House]:
    """A server, a worker and a model on a data directory of their own."""
    with ThreadedStandIn() as ollama:
        settings = make_settings(
            tmp_path_factory.mktemp("e2e"), ollama_endpoint=ollama.url, **own_database(request)
        )
        give_model(built_model, settings.data_dir)
        with open_house(settings) as house, working(settings):
            house.ollama = ollama
            yield house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let fixtures know whether their test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@contextmanager
def open_tab(browser: Any, house: House, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tab of its own session; what it asks of others and what its policy forbids is a failure.

    Of a failed test a screenshot and a trace are kept in the folder RAG_TEST_ARTIFACTS names.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    folder = os.environ.get("RAG_TEST_ARTIFACTS")
    if folder:
        context.tracing.start(screenshots=True, snapshots=True)
    page = context.new_page()
    page.set_default_timeout(20_000)
    elsewhere: list[str] = []
    complaints: list[str] = []
    own = (house.url, *OWN)
    page.on("request", lambda r: None if r.url.startswith(own) else elsewhere.append(r.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if _complains(said) else None)
    try:
        yield page
    finally:
        if folder and request.node.stash.get(FAILED, True):
            name = re.sub(r"\W+", "-", f"{request.node.name}-{id(page)}")
            page.screenshot(path=Path(folder) / f"{name}.png")
            context.tracing.stop(path=Path(folder) / f"{name}.zip")
        context.close()
    assert elsewhere == []
    assert complaints == []


def _complains(said: Any) -> bool:
    # That a request was refused is said by the browser itself, and is often what a test wants.
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@pytest.fixture
def page(browser: Any, house: House, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tab."""
    with open_tab(browser, house, request) as page:
        yield page


@pytest.fixture
def other_page(browser: Any, house: House, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tab for somebody else."""
    with open_tab(browser, house, request) as page:
        yield page
