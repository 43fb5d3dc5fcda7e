"""The page's document and files: where they are served, under which policy, for how long."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from on_prem_rag.api.page import POLICY, VIEWS, add_page, page_is_built


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>the page</title>")
    (tmp_path / "assets" / "index-1a2b.js").write_text("export const much = 1;\n" * 200)
    return tmp_path


def client(folder: Path) -> httpx.AsyncClient:
    app = FastAPI(openapi_url=None)
    add_page(app, folder)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_every_view_is_the_document_under_its_policy(built: Path) -> None:
    async with client(built) as browser:
        for view in VIEWS:
            shown = await browser.get(view.replace("{", "").replace("}", ""))
            assert "the page" in shown.text
            assert shown.headers["content-security-policy"] == POLICY
            assert shown.headers["cache-control"] == "no-cache"
        assert (await browser.get("/nowhere")).status_code == 404


def test_the_policy_lets_nothing_in_that_is_not_from_here() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert {source for sources in rules.values() for source in sources.split()} == {
        "'none'",
        "'self'",
        "blob:",
    }


async def test_files_are_small_on_the_way_and_kept_for_good(built: Path) -> None:
    async with client(built) as browser:
        sent = await browser.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip"})
        assert sent.headers["content-encoding"] == "gzip"
        assert int(sent.headers["content-length"]) < 500
        assert sent.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert sent.headers["content-type"].startswith("text/javascript")
        for path in ("/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/index.html"):
            assert (await browser.get(path)).status_code == 404


async def test_without_the_page_its_place_says_how_to_get_it(tmp_path: Path) -> None:
    assert not page_is_built(tmp_path)
    async with client(tmp_path) as browser:
        shown = await browser.get("/")
        assert shown.status_code == 503
        assert "/docs" in shown.text
        assert (await browser.get("/assets/x.js")).status_code == 404
