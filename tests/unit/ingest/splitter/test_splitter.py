"""Chunks: what stands together, what is repeated, and that every word's place is kept."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.eval_data import FULL, eval_data

from on_prem_rag.ingest.converters import find_converter
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.detect import PDF
from on_prem_rag.ingest.parsed import Block, Box, Page, ParsedDocument, Run, Text, Word
from on_prem_rag.ingest.splitter import ChunkDraft, Splitter, document_text
from on_prem_rag.ingest.splitter.rows import render_rows


def words(text: str) -> int:
    return len(text.split())


def split(*blocks: Block, limit: int = 20, overlap: int = 0) -> list[ChunkDraft]:
    splitter = Splitter(words, chunk_tokens=limit, overlap_tokens=overlap)
    return splitter.split(ParsedDocument("text/plain", blocks))


def paragraph(text: str) -> Block:
    return Block("paragraph", Text(text))


def heading(text: str, level: int = 1) -> Block:
    return Block("heading", Text(text), level)


def table(*rows: tuple[str, ...], header_rows: int = 1) -> Block:
    cells = tuple(tuple(Text(cell) for cell in row) for row in rows)
    return Block("table", rows=cells, header_rows=header_rows)


def sentence(number: int, length: int) -> str:
    return " ".join([f"S{number}", *["word"] * (length - 2), "end."])


def test_nothing_makes_no_chunk() -> None:
    assert split() == []
    assert split(paragraph(" \n"), table(("", " "))) == []


def test_small_neighbours_share_a_chunk() -> None:
    (chunk,) = split(heading("A"), paragraph("One."), heading("B"), paragraph("Two."))
    assert chunk.text == "A\n\nOne.\n\nB\n\nTwo."
    assert (chunk.heading_path, chunk.token_count, chunk.kind) == (("A",), 4, "text")


def test_a_new_section_begins_a_chunk_once_the_last_is_half_full() -> None:
    chunks = split(heading("A"), paragraph(sentence(1, 9)), heading("B"), paragraph("Two."))
    assert [chunk.heading_path for chunk in chunks] == [("A",), ("B",)]


def test_a_heading_moves_on_with_its_text() -> None:
    chunks = split(paragraph(sentence(1, 8)), heading("A"), paragraph(sentence(2, 15)))
    assert [chunk.text.split()[0] for chunk in chunks] == ["S1", "A"]


def test_headings_nothing_follows_are_kept_apart() -> None:
    chunks = split(paragraph("One."), heading("A"), heading("B"))
    assert [chunk.text for chunk in chunks] == ["One.", "A\n\nB"]


def test_a_list_of_headings_is_not_lost() -> None:
    chunks = split(*(heading(f"Chapter {n}") for n in range(40)), paragraph("Text."))
    text = " ".join(chunk.text for chunk in chunks)
    assert all(f"Chapter {n}" in text for n in range(40))
    assert len(chunks) <= 6


def test_an_introduction_moves_on_to_its_table() -> None:
    chunks = split(
        paragraph(sentence(1, 9)),
        paragraph("The figures:"),
        table(("H", "I"), ("a", "b"), ("c", "d")),
    )
    assert [chunk.text.split()[0] for chunk in chunks] == ["S1", "The"]
    assert [chunk.kind for chunk in chunks] == ["text", "table"]


def test_a_paragraph_is_cut_between_sentences_and_overlaps() -> None:
    text = " ".join(sentence(number, 6) for number in range(5))
    chunks = split(paragraph(text), overlap=6)
    assert [chunk.text.count("end.") for chunk in chunks] == [3, 3]
    assert chunks[1].text.startswith("S2 ")
    assert chunks[1].char_start == text.index("S2")


def test_a_sentence_above_the_limit_is_cut_at_words() -> None:
    chunks = split(paragraph(sentence(1, 50)))
    assert [chunk.token_count for chunk in chunks] == [20, 20, 10]


def test_a_file_without_spaces_is_still_cut() -> None:
    chunks = split(paragraph("A1b2" * 2000))
    assert max(len(chunk.text) for chunk in chunks) <= 20 * 17
    assert "".join(chunk.text for chunk in chunks) == "A1b2" * 2000


def test_every_piece_of_a_table_has_its_header() -> None:
    block = table(("Name", "Sum"), *((f"n{n}", str(n)) for n in range(12)))
    chunks = split(block)
    assert len(chunks) > 2
    assert all(chunk.text.startswith("| Name | Sum |\n| n") for chunk in chunks)
    assert sum(chunk.text.count("| n") for chunk in chunks) == 12
    whole = document_text(ParsedDocument("text/plain", (block,)))
    own = chunks[1].text.removeprefix("| Name | Sum |\n")
    assert whole[chunks[1].char_start : chunks[1].char_end] == own


def test_notes_stand_apart() -> None:
    chunks = split(paragraph("Slide."), Block("note", Text("Say this.")), paragraph("Next."))
    assert [chunk.kind for chunk in chunks] == ["text", "note", "text"]


def test_a_repeated_header_keeps_its_words_but_not_its_page() -> None:
    pages = tuple(
        Page(n, 9, 9, tuple(Word(t, Box(0, 0, 1, 1)) for t in texts))
        for n, texts in ((1, ["Head"]), (2, [f"r{i}" for i in range(20)]))
    )
    rows = [(Text("Head", (Run(0, 4, 1, 0, 1),)),)]
    rows += [(Text(f"r{i}", (Run(0, len(f"r{i}"), 2, i, i + 1),)),) for i in range(20)]
    block = Block("table", rows=tuple(rows), header_rows=1, page=1)
    chunks = Splitter(words, chunk_tokens=21).split(ParsedDocument("a/pdf", (block,), pages))
    assert len(chunks) > 2
    assert (chunks[0].page_start, chunks[0].page_end) == (1, 2)
    assert all((chunk.page_start, chunk.page_end) == (2, 2) for chunk in chunks[1:])
    assert all(chunk.spans[0].page == 1 for chunk in chunks)


WORDS = st.sampled_from(["Aa", "b", "c.", "E.g.", "42", "d:", "Ω。x", "f" * 30, "End!"])


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Blocks whose texts are runs of the words of two pages, as converters return them."""
    pages: dict[int, list[Word]] = {1: [], 2: []}

    def text(most: int) -> Text:
        value, runs = "", []
        for _ in range(draw(st.integers(0, 3))):
            page = draw(st.sampled_from([1, 2]))
            new = draw(st.lists(WORDS, min_size=1, max_size=most))
            value += " " if value else ""
            first = len(pages[page])
            pages[page] += [Word(word, Box(0, 0, 1, 1)) for word in new]
            start = len(value)
            value += " ".join(new)
            runs.append(Run(start, len(value), page, first, first + len(new)))
        return Text(value, tuple(runs))

    blocks = []
    for _ in range(draw(st.integers(0, 8))):
        kind = draw(st.sampled_from(["heading", "paragraph", "table", "code", "note", "caption"]))
        if kind == "table":
            columns = draw(st.integers(1, 3))
            rows = tuple(
                tuple(text(3) for _ in range(columns)) for _ in range(draw(st.integers(1, 6)))
            )
            blocks.append(Block("table", rows=rows, header_rows=draw(st.integers(0, 2))))
        else:
            blocks.append(Block(kind, text(12), level=draw(st.integers(1, 3))))
    made = tuple(Page(number, 9, 9, tuple(page)) for number, page in pages.items())
    return ParsedDocument("application/pdf", tuple(blocks), made)


def assert_exact(document: ParsedDocument, chunks: list[ChunkDraft]) -> None:
    """Spans are the words of their pages, and cover all text but a table's bars."""
    pages = {page.number: page.words for page in document.pages}
    for chunk in chunks:
        outside, position = "", 0
        for span in chunk.spans:
            found = pages[span.page][span.first_word : span.last_word]
            assert chunk.text[span.start : span.end] == " ".join(word.text for word in found)
            outside += chunk.text[position : span.start]
            position = span.end
        outside += chunk.text[position:]
        assert not outside.replace("|", "").split()


def assert_no_word_lost(document: ParsedDocument, chunks: list[ChunkDraft]) -> None:
    """Every word of every block is in some chunk's span, a heading's at least in its path."""
    shown = {(s.page, w) for c in chunks for s in c.spans for w in range(s.first_word, s.last_word)}
    paths = {title for chunk in chunks for title in chunk.heading_path}
    for block in document.blocks:
        text = render_rows(block.rows) if block.kind == "table" else block.text
        if " ".join(text.value.split()) in paths:
            continue
        assert shown.issuperset((r.page, w) for r in text.runs for w in range(r.first, r.last))


@settings(max_examples=1000 if FULL else 80, deadline=None)
@given(documents(), st.integers(4, 40), st.integers(0, 10))
def test_places_are_exact_whatever_the_document(
    document: ParsedDocument, limit: int, overlap: int
) -> None:
    chunks = Splitter(words, chunk_tokens=limit, overlap_tokens=overlap).split(document)
    assert_exact(document, chunks)
    assert_no_word_lost(document, chunks)
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    narrow = {block.kind for block in document.blocks} - {"table"}
    if "table" not in {block.kind for block in document.blocks} and narrow:
        assert all(chunk.token_count <= limit for chunk in chunks)


@pytest.mark.eval_data
def test_places_are_exact_in_real_files() -> None:
    files = sorted(eval_data("pdf_qa", "pdfs").iterdir(), key=lambda path: path.stat().st_size)
    for path in files if FULL else files[:2]:
        document = converted(path)
        chunks = Splitter(words, chunk_tokens=120).split(document)
        assert len(chunks) > 5
        assert_exact(document, chunks)
        assert_no_word_lost(document, chunks)
        titles = {" ".join(b.text.value.split()) for b in document.blocks if b.kind == "heading"}
        for chunk, following in pairwise(chunks):
            last = chunk.text.rsplit("\n\n", 1)[-1]
            assert last not in titles or last not in following.heading_path


def converted(path: Path) -> ParsedDocument:
    return find_converter(PDF)(path, ConvertOptions())


def test_a_script_spelt_letter_by_letter_is_not_cut_to_crumbs() -> None:
    words = " ".join("كتابة" for _ in range(60))
    document = ParsedDocument("text/plain", (Block("paragraph", Text(words)),))
    by_letter = Splitter(lambda text: len(text.replace(" ", "")), chunk_tokens=130)
    assert len(by_letter.split(document)) == 1


def nothing(text: str) -> int:
    """A tokenizer that drops all it is given, as that of MiniLM does with lone accents."""
    return 0


def test_what_the_tokenizer_drops_is_neither_lost_nor_piled_up() -> None:
    accents = "\u0301 " * 500
    chunks = Splitter(nothing, chunk_tokens=20).split(
        ParsedDocument("text/plain", (paragraph(accents.strip()),))
    )
    assert " ".join(chunk.text for chunk in chunks).split() == accents.split()
    lines = tuple(paragraph("\u0301") for _ in range(100))
    assert len(Splitter(nothing, chunk_tokens=20).split(ParsedDocument("a", lines))) == 5


def test_four_megabytes_without_a_space_are_counted_a_few_times_over_at_most() -> None:
    counted = 0

    def letters(text: str) -> int:
        nonlocal counted
        counted += len(text)
        return len(text)

    text = "x" * 4_000_000
    chunks = Splitter(letters).split(ParsedDocument("text/plain", (paragraph(text),)))
    assert "".join(chunk.text for chunk in chunks) == text
    assert counted <= 4 * len(text)
