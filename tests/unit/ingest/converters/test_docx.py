"""DOCX files as Word writes them, and parts no library of ours would write."""

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document

from on_prem_rag.errors import UnreadableFile
from on_prem_rag.ingest.converters.docx import convert
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OPTIONS = ConvertOptions()


def saved(folder: Path, document: Document) -> ParsedDocument:
    path = folder / "a.docx"
    document.save(str(path))
    return convert(path, OPTIONS)


def with_body(folder: Path, body: str, parts: dict[str, str] | None = None) -> ParsedDocument:
    """A real DOCX whose body, and any other part, is replaced by raw XML."""
    made = io.BytesIO()
    docx.Document().save(made)
    path = folder / "raw.docx"
    replaced = {"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>"}
    replaced |= parts or {}
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w") as new:
        for name in {*old.namelist(), *replaced}:
            new.writestr(name, replaced[name] if name in replaced else old.read(name))
    return convert(path, OPTIONS)


def texts(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind, block.text.value) for block in document.blocks if block.kind != "table"]


def test_order_headings_lists_and_margins(tmp_path: Path) -> None:
    made = docx.Document()
    made.core_properties.title, made.core_properties.author = "The lease", "Miller"
    made.add_heading("Rooms", 1)
    made.add_paragraph("Two rooms.")
    made.add_table(1, 2).cell(0, 1).text = "cell"
    made.add_heading("Keys", 2)
    made.add_paragraph("one", style="List Bullet")
    made.sections[0].header.paragraphs[0].text = "Confidential"
    document = saved(tmp_path, made)
    assert (document.title, document.author) == ("The lease", "Miller")
    assert document.created is not None
    assert [(b.kind, b.level) for b in document.blocks] == [
        ("heading", 1),
        ("paragraph", 0),
        ("table", 0),
        ("heading", 2),
        ("list_item", 0),
        ("note", 0),
    ]
    assert document.blocks[-1].text.value == "Confidential"


def test_merged_and_nested_cells(tmp_path: Path) -> None:
    made = docx.Document()
    table = made.add_table(3, 2)
    for index, text in enumerate(["City", "Year", "Rome", "1", "", "2"]):
        table.cell(index // 2, index % 2).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    inner = table.cell(2, 1).add_table(1, 2)
    inner.cell(0, 0).text = "inner"
    (block,) = saved(tmp_path, made).blocks
    assert [[cell.value for cell in row] for row in block.rows] == [
        ["City", "Year"],
        ["Rome", "1"],
        ["Rome", "2 inner"],
    ]


def test_only_what_is_visible_comes_out(tmp_path: Path) -> None:
    document = with_body(
        tmp_path,
        "<w:p><w:r><w:t>kept </w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>added</w:t><w:tab/><w:t>tab</w:t></w:r></w:ins>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>control</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    )
    assert texts(document) == [("paragraph", "kept added tab"), ("paragraph", "control")]


def test_text_boxes_come_once_and_after_their_paragraph(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
    document = with_body(
        tmp_path,
        '<w:p xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r>'
        f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent><w:t>around</w:t></w:r></w:p>",
    )
    assert texts(document) == [("paragraph", "around"), ("paragraph", "boxed")]


def test_footnotes_follow_their_paragraph(tmp_path: Path) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    relationships = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="n" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    )
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )
    document = with_body(
        tmp_path,
        '<w:p><w:r><w:t>Text</w:t><w:footnoteReference w:id="2"/></w:r></w:p>'
        "<w:p><w:r><w:t>More</w:t></w:r></w:p>",
        {"word/_rels/document.xml.rels": relationships, "word/footnotes.xml": notes},
    )
    assert texts(document) == [("paragraph", "Text"), ("note", "A note."), ("paragraph", "More")]


def test_a_missing_body_is_damage(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no body"):
        with_body(tmp_path, "", {"word/document.xml": f"<w:document {W}/>"})


def test_depth_is_no_danger(tmp_path: Path) -> None:
    deep = "<w:sdt><w:sdtContent>" * 5000
    end = "</w:sdtContent></w:sdt>" * 5000
    document = with_body(tmp_path, f"{deep}<w:p><w:r><w:t>deep</w:t></w:r></w:p>{end}")
    assert texts(document) == [("paragraph", "deep")]
