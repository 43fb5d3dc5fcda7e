"""Real office files through the sandbox: the strings a reader sees come out."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.eval_data import FULL, eval_data
from tests.expected_text import letters_and_digits, normalised, whole_text

from on_prem_rag.errors import AppError
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.sandbox import Sandbox

pytestmark = pytest.mark.eval_data

# Recognition takes seconds a page: these three kinds stand for all in the short run.
SHORT_OCR = {"typewriter.png", "ocr_test_rotated_90.pdf", "sroie_132.jpg"}
# Together at least 95 % of all facts: recognition misreads a few letters whatever we do.
WANTED_OF_TEXT, WANTED_OF_SCANS = 0.98, 0.90


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def expectations(*, ocr: bool) -> list[dict[str, Any]]:
    lines = eval_data("office", "expectations.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["needs_ocr"] is ocr]


def ocr_languages() -> set[str]:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed")
    listed = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split())


def missed_facts(sandbox: Sandbox, expected: dict[str, Any]) -> list[str]:
    """What of the file's facts did not come out, in words."""
    path = eval_data("office", expected["file"])
    language = expected["ocr_lang"]
    options = ConvertOptions(ocr_languages=(language,) if language else None)
    try:
        text = whole_text(sandbox.convert(path, path.name, options))
    except AppError as error:
        return [f"{path.name}: {error.code}: {error.message}"] * len(expected["facts"])
    missed = []
    for fact in expected["facts"]:
        shape = letters_and_digits if fact.get("match") == "alnum" else normalised
        found = any(shape(wanted) in shape(text) for wanted in fact["any_of"])
        if found is (fact["kind"] == "not_contains"):
            missed.append(f"{path.name}: {fact['kind']}: {fact['any_of'][0]}")
    return missed


def check(sandbox: Sandbox, files: list[dict[str, Any]], label: str, wanted: float) -> None:
    missed = [miss for expected in files for miss in missed_facts(sandbox, expected)]
    total = sum(len(expected["facts"]) for expected in files)
    table = "".join(f"  missed  {miss}\n" for miss in missed)
    found = total - len(missed)
    sys.stdout.write(f"\n{label}: {found} of {total} facts in {len(files)} files\n{table}")
    assert total
    assert found >= total * wanted, missed


def test_documents_with_text_yield_what_they_say(sandbox: Sandbox) -> None:
    check(sandbox, expectations(ocr=False), "text", WANTED_OF_TEXT)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_scanned_documents_yield_what_they_show(sandbox: Sandbox) -> None:
    languages = ocr_languages()
    files = [e for e in expectations(ocr=True) if e["ocr_lang"] in languages]
    if not FULL:
        files = [e for e in files if e["file"].rpartition("/")[2] in SHORT_OCR]
    if not files:
        pytest.skip("tesseract has none of the languages of these files")
    check(sandbox, files, "scans", WANTED_OF_SCANS)


def test_old_outlook_mails_are_legible(sandbox: Sandbox) -> None:
    path = eval_data("office", "files", "testMSG_chinese.msg")
    assert sandbox.convert(path, path.name, ConvertOptions()).title == (
        "Alfresco MSG format testing ( MSG 格式測試 )"
    )
    path = eval_data("office", "files", "test-outlook.msg")
    author = sandbox.convert(path, path.name, ConvertOptions()).author
    assert author is not None
    assert author.startswith("L'Équipe Microsoft Outlook Express")
