"""RTF in many scripts and with all its side texts."""

from pathlib import Path

import pytest

from on_prem_rag.errors import EmptyFile, UnreadableFile
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.rtf import convert
from on_prem_rag.ingest.parsed import ParsedDocument


def read(folder: Path, content: str) -> ParsedDocument:
    path = folder / "a.rtf"
    path.write_bytes(b"{\\rtf1\\ansi\\ansicpg1252 " + content.encode("latin-1") + b"}")
    return convert(path, ConvertOptions())


def text(document: ParsedDocument) -> str:
    return document.blocks[0].text.value


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (r"Gr\'f6\'dfe", "Größe"),
        (r"\u8364?5", "€5"),
        (r"\uc2\u8364\'80\'805", "€5"),
        (r"{\uc0\u-10240 \u-8398 }", "\U00010332"),
        (r"{\fonttbl{\f1\fcharset128 Mincho;}}{\f1 \'8c\'c3\'8f\'91}", "古書"),
        (r"{\fonttbl{\f1\fcharset128 Mincho;}}{\f1 \'83\\}", "ソ"),
        (r"{\fonttbl{\f2\fcharset204 Arial;}}{\f2 \'cc\'e8\'f0}", "Мир"),
        (r"a\~b\_c\emdash d \{e\}", "a b-c—d {e}"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt shown}}", "shown"),
        (r"seen{\v hidden}{\*\unknown thing}{\pict 00ff}", "seen"),
    ],
)
def test_characters(tmp_path: Path, content: str, expected: str) -> None:
    assert text(read(tmp_path, content)) == expected


def test_structure(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        r"{\info{\title The lease}{\author Miller}}{\header Confidential\par}"
        r"\pard\outlinelevel1 Keys\par\pard Text{\footnote A note.} end\par"
        r"\pard\ls1{\listtext 1.\tab}item\par\pard{\shp{\*\shpinst{\sp{\sn x}{\sv y}}"
        r"{\shptxt Boxed\par}}}around\par"
        r"\trowd\pard\intbl a\cell b\cell\row\pard\intbl 1\par 2\cell 3\cell\row\pard after\par",
    )
    assert (document.title, document.author) == ("The lease", "Miller")
    assert [(b.kind, b.level, b.text.value) for b in document.blocks if not b.rows] == [
        ("heading", 2, "Keys"),
        ("paragraph", 0, "Text end"),
        ("note", 0, "A note."),
        ("list_item", 0, "1. item"),
        ("paragraph", 0, "around"),
        ("paragraph", 0, "Boxed"),
        ("paragraph", 0, "after"),
        ("note", 0, "Confidential"),
    ]
    (table,) = [block for block in document.blocks if block.rows]
    assert [[c.value for c in row] for row in table.rows] == [["a", "b"], ["1 2", "3"]]


def test_binary_data_is_passed_over(tmp_path: Path) -> None:
    assert text(read(tmp_path, r"a{\pict\bin4 }}{{}b")) == "ab"


def test_deep_groups(tmp_path: Path) -> None:
    assert text(read(tmp_path, "{" * 50_000 + "deep" + "}" * 50_000)) == "deep"


def test_no_text_and_no_rtf(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read(tmp_path, "")
    path = tmp_path / "b.rtf"
    path.write_bytes(b"something else")
    with pytest.raises(UnreadableFile):
        convert(path, ConvertOptions())
