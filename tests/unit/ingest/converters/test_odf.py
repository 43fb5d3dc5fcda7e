"""OpenDocument files, written here as the standard has them."""

import zipfile
from pathlib import Path

import pytest

from on_prem_rag.errors import EncryptedFile, UnreadableFile
from on_prem_rag.ingest.converters.odf import convert
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument

NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
    }.items()
)


def read(folder: Path, content: str, **parts: str) -> ParsedDocument:
    path = folder / "a.odt"
    root = f"<office:document-content {NAMES}><office:body>{content}</office:body>"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("content.xml", f"{root}</office:document-content>")
        for name, part in parts.items():
            package.writestr(name.replace("__", "/").replace("_xml", ".xml"), part)
    return convert(path, ConvertOptions())


def test_text(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        "<office:text><text:h text:outline-level='2'>Keys</text:h>"
        "<text:p>One<text:s/>two<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>Note.</text:p></text:note-body></text:note> end"
        "<draw:frame><draw:text-box><text:p>Boxed</text:p></draw:text-box></draw:frame></text:p>"
        "<text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>"
        "<text:p>after</text:p></office:text>",
    )
    assert document.media_type.endswith("opendocument.text")
    assert [(b.kind, b.level, b.text.value) for b in document.blocks] == [
        ("heading", 2, "Keys"),
        ("paragraph", 0, "One two end"),
        ("note", 0, "Note."),
        ("paragraph", 0, "Boxed"),
        ("list_item", 0, "item"),
        ("paragraph", 0, "after"),
    ]


def cell(text: str, repeated: int = 1) -> str:
    repeat = f"table:number-columns-repeated='{repeated}'"
    return f"<table:table-cell {repeat}><text:p>{text}</text:p></table:table-cell>"


def test_a_sheet_of_repeated_emptiness(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        "<office:spreadsheet><table:table table:name='Rents'>"
        f"<table:table-row>{cell('a')}{cell('b')}{cell('', 16000)}</table:table-row>"
        f"<table:table-row>{cell('1', 2)}</table:table-row>"
        f"<table:table-row table:number-rows-repeated='1048000'>{cell('', 16000)}"
        "</table:table-row></table:table></office:spreadsheet>",
    )
    heading, table = document.blocks
    assert (heading.text.value, heading.page) == ("Rents", 1)
    assert [[c.value for c in row] for row in table.rows] == [["a", "b"], ["1", "1"]]


def test_slides_with_notes(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        "<office:presentation><draw:page><draw:frame><draw:text-box><text:p>Body</text:p>"
        "</draw:text-box></draw:frame><draw:frame presentation:class='title'><draw:text-box>"
        "<text:p>The lease</text:p></draw:text-box></draw:frame><presentation:notes><draw:frame>"
        "<draw:text-box><text:p>Say this.</text:p></draw:text-box></draw:frame>"
        "</presentation:notes></draw:page></office:presentation>",
    )
    assert document.title == "The lease"
    assert [(b.kind, b.text.value, b.page) for b in document.blocks] == [
        ("heading", "The lease", 1),
        ("paragraph", "Body", 1),
        ("note", "Say this.", 1),
    ]


def test_encrypted_and_empty_files(tmp_path: Path) -> None:
    with pytest.raises(EncryptedFile):
        read(tmp_path, "", **{"META-INF__manifest_xml": "<encryption-data/>"})
    with pytest.raises(UnreadableFile, match="no content"):
        read(tmp_path, "")
