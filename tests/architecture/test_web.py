"""The page's sources: its client fits the API, its files keep to their budget, no rule is off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.architecture.web_client import CLIENT, GENERATOR, WEB, make_client

from on_prem_rag.errors import AppError

SOURCES = [path for path in (WEB / "src").rglob("*.ts*") if path != CLIENT]
LOCALES = [path for path in (WEB / "src" / "locales").glob("*.json") if path.stem != "en"]
OF_THE_COMMAND_LINE = {"configuration", "data_directory_in_use"}
OF_THE_PAGE = {"unreachable", "unexpected", "https_required", "cross_site_request"}
BYPASSES = ("eslint-disable", "@ts-ignore", "@ts-expect-error", "@ts-nocheck", ": any", "as any")


@pytest.mark.skipif(not GENERATOR.exists(), reason="needs `uv run npm --prefix src/web ci`")
def test_the_client_is_made_from_the_api_as_it_is(tmp_path: Path) -> None:
    assert make_client(tmp_path) == CLIENT.read_text(), "python -m tests.architecture.web_client"


def test_files_are_short() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in SOURCES}
    assert len(lengths) > 20
    assert {name: length for name, length in lengths.items() if length > 250} == {}


def test_nothing_switches_a_rule_off() -> None:
    found = [
        (path.name, bypass) for path in SOURCES for bypass in BYPASSES if bypass in path.read_text()
    ]
    assert found == []


def test_the_lock_names_no_place_to_download_from() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text()


@pytest.mark.parametrize("locale", LOCALES, ids=lambda path: path.stem)
def test_each_language_has_words_for_each_error(locale: Path) -> None:
    told = set(json.loads(locale.read_text())["problem"])
    shared = [kind for kind in _kinds(AppError) if kind.__module__ == AppError.__module__]
    codes = {kind.code for kind in shared} - OF_THE_COMMAND_LINE
    assert len(codes) > 30
    assert told == codes | OF_THE_PAGE


def _kinds(error: type[AppError]) -> Iterator[type[AppError]]:
    yield error
    for kind in error.__subclasses__():
        yield from _kinds(kind)
