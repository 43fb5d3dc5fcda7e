"""The PDF converter on files made here, so that what must come out is known exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from on_prem_rag.errors import EmptyFile, EncryptedFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.pdf import convert
from on_prem_rag.ingest.parsed import Block, ParsedDocument, Text

WIDTH, HEIGHT = A4
OPTIONS = ConvertOptions()
SENTENCE = "The committee met in the long hall and spoke about the harvest of the year"


@pytest.fixture
def canvas(tmp_path: Path) -> Canvas:
    sheet = Canvas(str(tmp_path / "made.pdf"), pagesize=A4)
    sheet.setFont("Helvetica", 10)
    sheet.setTitle("")
    return sheet


def converted(canvas: Canvas) -> ParsedDocument:
    canvas.save()
    document = convert(Path(canvas._filename), OPTIONS)
    assert_runs_exact(document)
    return document


def texts(block: Block) -> list[Text]:
    return [block.text] if block.kind != "table" else [cell for row in block.rows for cell in row]


def assert_runs_exact(document: ParsedDocument) -> None:
    for block in document.blocks:
        for text in texts(block):
            position = 0
            for run in text.runs:
                words = document.pages[run.page - 1].words[run.first : run.last]
                assert " ".join(word.text for word in words) == text.value[run.start : run.end]
                assert run.start in (position, position + 1)
                position = run.end
            assert position == len(text.value)


def rows(block: Block) -> list[list[str]]:
    return [[cell.value for cell in row] for row in block.rows]


def test_words_carry_boxes_from_the_top_left_corner(canvas: Canvas) -> None:
    canvas.drawString(72, HEIGHT - 100, "Alpha Beta")
    document = converted(canvas)
    first, second = document.pages[0].words
    assert (first.text, second.text) == ("Alpha", "Beta")
    assert first.box.x0 == pytest.approx(72, abs=1)
    assert first.box.y0 < 100 < first.box.y1 + 3
    assert second.box.x0 > first.box.x1
    assert document.pages[0].width == pytest.approx(WIDTH, abs=0.1)


def test_two_columns_are_read_one_after_the_other(canvas: Canvas) -> None:
    for line in range(12):
        canvas.drawString(
            50, HEIGHT - 150 - 12 * line, f"left{line} of a column of running text here"
        )
        canvas.drawString(
            310, HEIGHT - 150 - 12 * line, f"right{line} of a column of running text too"
        )
    text = " ".join(block.text.value for block in converted(canvas).blocks)
    order = [text.index(f"left{line} ") for line in range(12)]
    order += [text.index(f"right{line} ") for line in range(12)]
    assert order == sorted(order)


def test_statement_table_keeps_label_and_joined_amounts_in_rows(canvas: Canvas) -> None:
    canvas.drawString(50, HEIGHT - 100, SENTENCE + " as follows:")
    lines = [
        ("", "2022", "2021"),
        ("Net sales . . . . . . . . . . . .", "1,234", "999"),
        ("Cost of sales", "(1,000", "(800"),
        ("Margin", "19", "20"),
    ]
    for index, (label, *amounts) in enumerate(lines):
        y = HEIGHT - 130 - 14 * index
        canvas.drawString(50, y, label)
        for right, amount in zip((400, 500), amounts, strict=True):
            canvas.drawRightString(right, y, amount)
            if index == 1:
                canvas.drawString(right - 60, y, "$")
            if index == 2:
                canvas.drawString(right + 2, y, ")")
            if index == 3:
                canvas.drawString(right + 2, y, "%")
    table = next(block for block in converted(canvas).blocks if block.kind == "table")
    assert rows(table) == [
        ["", "2022", "2021"],
        ["Net sales", "$1,234", "$999"],
        ["Cost of sales", "(1,000)", "(800)"],
        ["Margin", "19%", "20%"],
    ]
    assert table.header_rows == 1


def test_large_and_bold_lines_are_headings_in_order_of_depth(canvas: Canvas) -> None:
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(50, HEIGHT - 100, "Annual report")
    canvas.setFont("Helvetica-Bold", 10)
    canvas.drawString(50, HEIGHT - 140, "The harvest")
    canvas.setFont("Helvetica", 10)
    for line in range(5):
        canvas.drawString(50, HEIGHT - 160 - 12 * line, SENTENCE)
    document = converted(canvas)
    found = [(b.text.value, b.level) for b in document.blocks if b.kind == "heading"]
    assert found == [("Annual report", 1), ("The harvest", 2)]
    assert document.title == "Annual report"


def test_running_headers_and_page_numbers_stay_out_of_the_blocks(canvas: Canvas) -> None:
    for page in range(1, 6):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(50, HEIGHT - 30, "Quarterly letter of the Society")
        for line in range(5):
            canvas.drawString(50, HEIGHT - 160 - 12 * line, f"{SENTENCE} p{page}")
        canvas.drawCentredString(WIDTH / 2, 30, f"- {page} -")
        canvas.showPage()
    document = converted(canvas)
    text = [block.text.value for block in document.blocks]
    assert sum("Quarterly letter" in value for value in text) == 1
    assert not any(value.startswith("- ") for value in text)
    words = [word.text for page in document.pages for word in page.words]
    assert words.count("Quarterly") == 5
    assert words.count("-") == 10


def test_hyphenated_word_is_joined_and_keeps_both_boxes(canvas: Canvas) -> None:
    canvas.drawString(50, HEIGHT - 100, SENTENCE + " with much infor-")
    canvas.drawString(
        50, HEIGHT - 112, "mation for everyone who came to hear it in the evening of the day."
    )
    document = converted(canvas)
    word = next(word for word in document.pages[0].words if word.text == "information")
    assert word.rest is not None
    assert word.rest.y0 > word.box.y1 - 2
    assert "much information for" in document.blocks[0].text.value


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_page_rotation_turns_the_boxes_with_the_page(canvas: Canvas, angle: int) -> None:
    canvas.setPageRotation(angle)
    canvas.drawString(72, 500, "Corner")
    page = converted(canvas).pages[0]
    box = page.words[0].box
    # reportlab swaps the sides of the media box for a page turned by 90 or 270 degrees
    across, along = (WIDTH, HEIGHT) if angle == 180 else (HEIGHT, WIDTH)
    expected = {90: (500, 72), 180: (across - 72, 500), 270: (along - 500, across - 72)}
    x, y = expected[angle]
    assert box.x0 - 12 <= x <= box.x1 + 12
    assert box.y0 - 12 <= y <= box.y1 + 12


def test_list_items_are_marked(canvas: Canvas) -> None:
    canvas.drawString(50, HEIGHT - 100, SENTENCE + ":")
    canvas.drawString(60, HEIGHT - 115, "•  first thing on the list")
    canvas.drawString(60, HEIGHT - 130, "•  second thing on the list")
    kinds = [block.kind for block in converted(canvas).blocks]
    assert kinds == ["paragraph", "list_item", "list_item"]


def test_password_is_asked_for(tmp_path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    path = tmp_path / "locked.pdf"
    sheet = Canvas(str(path), encrypt=StandardEncryption("secret", canPrint=1))
    sheet.drawString(72, 700, "Hidden")
    sheet.save()
    with pytest.raises(EncryptedFile):
        convert(path, OPTIONS)


def test_empty_user_password_opens(tmp_path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    path = tmp_path / "owner.pdf"
    sheet = Canvas(str(path), encrypt=StandardEncryption("", "owner"))
    sheet.drawString(72, 700, "Readable")
    sheet.save()
    assert convert(path, OPTIONS).pages[0].words[0].text == "Readable"


def test_damaged_and_empty_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.pdf"
    path.write_bytes(b"")
    with pytest.raises(EmptyFile):
        convert(path, OPTIONS)
    path.write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(UnreadableFile):
        convert(path, OPTIONS)


def test_limits_are_kept(canvas: Canvas) -> None:
    for _ in range(3):
        canvas.drawString(72, 700, "Words on a page")
        canvas.showPage()
    canvas.save()
    path = Path(canvas._filename)
    with pytest.raises(FileTooComplex):
        convert(path, ConvertOptions(max_pages=2))
    with pytest.raises(FileTooComplex):
        convert(path, ConvertOptions(max_text_chars=20))


def test_metadata_is_read(canvas: Canvas) -> None:
    canvas.setTitle("Minutes")
    canvas.setAuthor("The clerk")
    canvas.drawString(72, 700, "Words")
    document = converted(canvas)
    assert (document.title, document.author) == ("Minutes", "The clerk")
    assert document.created is not None
    assert document.created.utcoffset() is not None
