"""Malformed and hostile files: each ends in its expected class, in time, and harms nothing."""

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.eval_data import FULL, eval_data
from tests.expected_text import normalised, whole_text

from on_prem_rag.errors import AppError
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument
from on_prem_rag.ingest.sandbox import Sandbox

pytestmark = pytest.mark.eval_data

SECONDS = 60.0
MEMORY_BYTES = 2 << 30
# Seconds each, without being of another kind than their neighbours in the list.
SLOW = {"deep_divs.html", "png_named.pdf", "pdfjs_scan-bad.pdf"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def expectations() -> list[dict[str, Any]]:
    lines = eval_data("hostile", "expectations.jsonl").read_text().splitlines()
    every = [json.loads(line) for line in lines]
    return every if FULL else [e for e in every if e["file"].rpartition("/")[2] not in SLOW]


def said(text: str, wanted: str) -> bool:
    """``wanted`` was taken from a tool that joins words at hyphens, so both forms count."""
    text, wanted = normalised(text), normalised(wanted)
    return wanted in text or wanted in text.replace("-", "")


def problem(expected: dict[str, Any], outcome: ParsedDocument | AppError, seconds: float) -> str:
    """What is wrong with an outcome, "" when nothing is."""
    if seconds > SECONDS:
        return f"took {seconds:.0f} s"
    if isinstance(outcome, AppError):
        return f"not read: {outcome.message}" if expected["expected"] == "parse" else ""
    if expected["expected"] == "reject":
        return "taken for readable"
    text = whole_text(outcome)
    if any(said(text, word) for word in expected["must_not_contain"]):
        return "holds what it must not"
    missing = [word for word in expected["must_contain"] if not said(text, word)]
    return f"lacks {missing}" if missing and expected["expected"] == "parse" else ""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_hostile_file_ends_as_expected(sandbox: Sandbox, tmp_path: Path) -> None:
    ready = sandbox.start()
    zygote = sandbox.process_id
    problems = []
    forbidden: set[Path] = set()
    for expected in expectations():
        path = eval_data("hostile", expected["file"])
        forbidden.update(map(Path, expected.get("must_not_create", ())))
        began = time.monotonic()
        outcome: ParsedDocument | AppError
        try:
            outcome = sandbox.convert(
                path,
                path.name,
                ConvertOptions(),
                timeout_seconds=SECONDS,
                memory_bytes=MEMORY_BYTES,
            )
        except AppError as error:
            outcome = error
        if wrong := problem(expected, outcome, time.monotonic() - began):
            problems.append(f"{path.name} ({expected['expected']}): {wrong}")
    sys.stdout.write("".join(f"\n  {each}" for each in problems))
    assert problems == []
    assert [path for path in forbidden if path.exists()] == []
    # The same zygote served all of them: no file reached beyond its own child.
    assert sandbox.process_id == zygote
    assert sandbox.start() == ready
    assert list(tmp_path.iterdir()) == []


def test_others_in_the_batch_are_unaffected(sandbox: Sandbox, tmp_path: Path) -> None:
    harmless = tmp_path / "harmless.txt"
    harmless.write_text("The lease ends in May.")
    for name in ("deep_groups.rtf", "huge_dimension.xlsx", "entity_expansion.docx", "random.pdf"):
        path = eval_data("hostile", "files", name)
        with contextlib.suppress(AppError):
            sandbox.convert(path, name, ConvertOptions(), timeout_seconds=SECONDS)
        document = sandbox.convert(harmless, harmless.name, ConvertOptions())
        assert document.blocks[0].text.value == "The lease ends in May."


def test_nothing_is_left_behind(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("path_traversal.docx", "attachment_traversal.eml"):
        sandbox.convert(eval_data("hostile", "files", name), name, ConvertOptions())
    assert list(tmp_path.iterdir()) == []
