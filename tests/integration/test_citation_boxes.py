"""The boxes of every passage of real PDFs hold that passage's text and nothing else."""

from __future__ import annotations

import ctypes
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from tests.eval_data import FULL, eval_data
from tests.server_process import ServerProcess, running_server

from on_prem_rag.documents.page_words import PageWords, decode_words
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.rows import chunk_row, page_row
from on_prem_rag.ingest.sandbox import Sandbox
from on_prem_rag.ingest.splitter import Splitter, chunk_boxes
from on_prem_rag.llm.minilm import MiniLMEmbedder

FEW = (
    "COSTCO_2023_8K_dated-2023-08-16.pdf",
    "PEPSICO_2023_8K_dated-2023-05-05.pdf",
    "ULTABEAUTY_2023Q4_EARNINGS.pdf",
)
"""Letters, a list of signatures, and statements with tables: together 17 pages."""
_MARKUP = re.compile(r"[\s|]*")
_POINT = 0.02
"""Boxes are stored rounded to hundredths of a point."""
_MARK = 0.5
_RAISED = set("®™*†‡")

pytestmark = [pytest.mark.eval_data, pytest.mark.timeout(1800 if FULL else 300)]


def pdf_names() -> list[str]:
    """A few PDFs, or all of them."""
    if not FULL:
        return list(FEW)
    return sorted(path.name for path in eval_data("pdf_qa", "pdfs").glob("*.pdf"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture(scope="module")
def splitter(built_model: Path) -> Iterator[Splitter]:
    embedder = MiniLMEmbedder(built_model.parent, threads=1)
    yield Splitter(embedder.count_tokens, chunk_tokens=220, overlap_tokens=30)
    embedder.close()


class Stored:
    """A PDF's rows as they go into SQL."""

    def __init__(self, path: Path, sandbox: Sandbox, splitter: Splitter) -> None:
        self.path = path
        parsed = sandbox.convert(path, path.name, ConvertOptions())
        version = SimpleNamespace(id="version")
        document = SimpleNamespace(id="document", collection_id="collection")
        rows = [
            chunk_row(document, version, draft, "chunk", chunk_boxes(parsed, draft), "")
            for draft in splitter.split(parsed)
        ]
        self.chunks: list[dict[str, Any]] = json.loads(json.dumps(rows))
        self.pages = {page.number: page_row("version", page) for page in parsed.pages}
        self.words = {number: decode_words(page["words"]) for number, page in self.pages.items()}


@pytest.fixture(scope="module", params=range(len(FEW) if not FULL else 42))
def stored(request: pytest.FixtureRequest, sandbox: Sandbox, splitter: Splitter) -> Stored:
    names = pdf_names()
    if request.param >= len(names):
        pytest.skip("there are fewer PDFs")
    return Stored(eval_data("pdf_qa", "pdfs") / names[request.param], sandbox, splitter)


def test_a_passage_is_its_words_and_the_borders_of_its_tables(stored: Stored) -> None:
    for chunk in stored.chunks:
        text, end, between = chunk["text"], 0, ""
        for start, stop, page, first, last in sorted(chunk["spans"]):
            between += text[end:start]
            assert text[start:stop] == " ".join(stored.words[page].texts[first:last])
            end = stop
        assert _MARKUP.fullmatch(between + text[end:]), chunk["text"]


def test_boxes_lie_on_pages_of_the_passage(stored: Stored) -> None:
    for chunk in stored.chunks:
        assert chunk["boxes"]
        for number, x0, y0, x1, y1 in chunk["boxes"]:
            page = stored.pages[number]
            assert -_POINT <= x0 < x1 <= page["width"] + _POINT
            assert -_POINT <= y0 < y1 <= page["height"] + _POINT
        pages = {span[2] for span in chunk["spans"]}
        assert {box[0] for box in chunk["boxes"]} == pages
        assert {chunk["page_start"], chunk["page_end"]} <= pages


def words_of(chunk: dict[str, Any]) -> set[tuple[int, int]]:
    """Page and index of every word of a chunk; a table's header may stand in it twice."""
    return {
        (page, index) for _, _, page, first, last in chunk["spans"] for index in range(first, last)
    }


def test_the_words_in_the_boxes_are_the_passage(stored: Stored) -> None:
    for chunk in stored.chunks:
        within = words_within(stored.words, chunk["boxes"])
        assert words_of(chunk) <= within
        # Tightly set lines reach into each other: a raised sign may stand within two of them.
        assert words_within(stored.words, chunk["boxes"], least=_MARK) <= words_of(chunk)


def test_the_characters_the_file_draws_in_the_boxes_are_the_passage(stored: Stored) -> None:
    """Read by PDFium itself, without a word, line or box of ours.

    Lines that are set tightly reach into each other, so a character counts as clearly within when
    both its ink and its line have their middle there, and as within when its line has. Even so a
    raised sign of the line below may stand wholly within the line above.
    """
    pdf = pypdfium2.PdfDocument(stored.path)
    try:
        drawn = {number: drawn_characters(pdf, number) for number in stored.pages}
    finally:
        pdf.close()
    for chunk in stored.chunks:
        if any(stored.pages[page]["ocr"] != "none" for page, _ in words_of(chunk)):
            continue  # the file draws a picture there; the words were recognised in it
        text = " ".join(stored.words[page].texts[index] for page, index in words_of(chunk))
        wanted = Counter(letters(text))
        within, clearly = characters_within(drawn, chunk["boxes"])
        assert wanted <= within, (chunk["ordinal"], wanted - within)
        surplus = clearly - wanted
        assert set(surplus) <= _RAISED, (chunk["ordinal"], surplus)


def words_within(
    words: dict[int, PageWords], boxes: list[list[float]], least: float = 0.0
) -> set[tuple[int, int]]:
    """Page and index of every word with its middle in a box and ``least`` of its height."""
    found = set()
    for number in {int(box[0]) for box in boxes}:
        here = [box[1:] for box in boxes if box[0] == number]
        for index, (x0, y0, x1, y1) in enumerate(words[number].boxes[:, :4].tolist()):
            middle = ((x0 + x1) / 2, (y0 + y1) / 2)
            if any(_holds(b, *middle) and y1 - y0 >= least * (b[3] - b[1]) for b in here):
                found.add((number, index))
    return found


def _holds(box: list[float], x: float, y: float) -> bool:
    x0, y0, x1, y1 = box
    return x0 - _POINT <= x <= x1 + _POINT and y0 - _POINT <= y <= y1 + _POINT


def letters(text: str) -> str:
    """Text as both sides can be compared by: one form of each letter, nothing that joins lines
    (hyphens) or fills them (leaders of dots, rules of underscores).
    """
    plain = unicodedata.normalize("NFKC", text)
    return "".join(
        c
        for c in plain
        if not c.isspace()
        and unicodedata.category(c) not in ("Pd", "Cc", "Cf")
        and c not in "._\ufffe"
    )


class Drawn(NamedTuple):
    """A character with the middles of its line's height and of its ink, as (x, y) in points."""

    letter: str
    line: tuple[float, float]
    ink: tuple[float, float]


def drawn_characters(pdf: pypdfium2.PdfDocument, number: int) -> list[Drawn]:
    """Every character of a page, in points from the page's top left corner."""
    page = pdf[number - 1]
    text = page.get_textpage()
    found = []
    for index in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text, index) == 1:
            continue
        letter = letters(chr(pdfium.FPDFText_GetUnicode(text, index)))
        middles = [_on_page(page, text.get_charbox(index, loose=loose)) for loose in (True, False)]
        found.append(Drawn(letter, *middles))
    text.close()
    page.close()
    return found


def _on_page(page: Any, box: tuple[float, float, float, float]) -> tuple[float, float]:
    """The middle of a box in the page's own coordinates, as the page is shown."""
    left, bottom, right, top = box
    fine = 100
    width, height = (round(size * fine) for size in page.get_size())
    x, y = ctypes.c_int(), ctypes.c_int()
    middle = ((left + right) / 2, (bottom + top) / 2)
    pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, *middle, x, y)
    return x.value / fine, y.value / fine


def characters_within(
    drawn: dict[int, list[Drawn]], boxes: list[list[float]]
) -> tuple[Counter[str], Counter[str]]:
    """Characters within the boxes by their lines, and those that are so by their ink as well."""
    within: Counter[str] = Counter()
    clearly: Counter[str] = Counter()
    for number in {box[0] for box in boxes}:
        here = [box[1:] for box in boxes if box[0] == number]
        for each in drawn[number]:
            if any(_holds(box, *each.line) for box in here):
                within.update(each.letter)
                if any(_holds(box, *each.ink) for box in here):
                    clearly.update(each.letter)
    return within, clearly


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, built_model: Path) -> Iterator[ServerProcess]:
    """A server that holds the PDFs."""
    folder = eval_data("pdf_qa", "pdfs")
    directory = tmp_path_factory.mktemp("boxes") / "data"
    with running_server(directory, built_model) as running:
        files = [str(folder / name) for name in pdf_names()]
        done = running.command("ingest", *files, "--json", seconds=1500)
        assert done.returncode == 0, done.stderr
        yield running


def questions() -> list[dict[str, Any]]:
    """The questions on the PDFs at hand."""
    lines = (eval_data("pdf_qa") / "questions.jsonl").read_text().splitlines()
    asked = [json.loads(line) for line in lines]
    return [question for question in asked if question["doc"] in pdf_names()]


def test_what_a_search_shows_is_what_its_boxes_hold(server: ServerProcess) -> None:
    """The same of passages as they are cited, joined from neighbours, through the API."""
    pages: dict[tuple[str, int], PageWords] = {}
    shown = 0
    with server.client() as client:
        for question in questions():
            answer = client.post("search", json={"query": question["question"]}).json()
            for passage in answer["passages"]:
                numbers = {int(box[0]) for box in passage["boxes"]}
                assert {passage["page_start"], passage["page_end"]} <= numbers
                for number in numbers:
                    key = (passage["document_id"], number)
                    pages[key] = pages.get(key) or fetch_words(client, *key)
                words = {number: pages[passage["document_id"], number] for number in numbers}
                check_passage(passage, words)
                shown += 1
    assert shown > len(questions())


def check_passage(passage: dict[str, Any], words: dict[int, PageWords]) -> None:
    """The words in the boxes are those of the text, which repeats a table's header at most."""
    within = words_within(words, passage["boxes"])
    found = Counter(words[number].texts[index] for number, index in within)
    wanted = Counter(passage["text"].replace("|", " ").split())
    assert found <= wanted, found - wanted
    assert found.keys() == wanted.keys(), wanted.keys() - found.keys()
    if len(passage["chunk_ids"]) == 1:
        assert found == wanted, wanted - found


def fetch_words(client: Any, document_id: str, number: int) -> PageWords:
    """A page's words through the API, as a client that highlights them sees them."""
    body = client.get(f"documents/{document_id}/pages/{number}/words").json()
    boxes = np.array([word["boxes"][0] for word in body["words"]], dtype=np.float32)
    return PageWords([word["text"] for word in body["words"]], boxes.reshape(-1, 4))
