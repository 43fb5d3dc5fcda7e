"""Zip packages are read within bounds and never unpacked."""

import zipfile
from pathlib import Path

import pytest

from on_prem_rag.errors import FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.package import Package, resolve

RELATIONSHIPS = """<Relationships
xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://x/header" Target="header1.xml"/>
<Relationship Id="r2" Type="http://x/image" TargetMode="External"
Target="http://example.com/a.png"/>
<Relationship Id="r3" Type="http://x/header" Target="gone.xml"/></Relationships>"""


def package(folder: Path, members: dict[str, str | bytes]) -> Path:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_relationships(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        {"word/_rels/document.xml.rels": RELATIONSHIPS, "word/header1.xml": "<h/>"},
    )
    with Package(path) as opened:
        assert list(opened.parts("word/document.xml", "header")) == ["word/header1.xml"]
        external = opened.relationships("word/document.xml")["r2"]
        assert external.external
        assert external.target == "http://example.com/a.png"


@pytest.mark.parametrize(
    ("part", "target", "name"),
    [
        ("word/document.xml", "media/a.png", "word/media/a.png"),
        ("ppt/slides/s.xml", "../notes/n.xml", "ppt/notes/n.xml"),
        ("ppt/slides/s.xml", "/ppt/a.xml", "ppt/a.xml"),
        ("a.opf", "../../../etc/passwd", "etc/passwd"),
        ("a.opf", "chapter%201.html#top", "chapter 1.html"),
    ],
)
def test_references_stay_inside(part: str, target: str, name: str) -> None:
    assert resolve(part, target) == name


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = package(tmp_path, {"a.xml": bytes(40 << 20)})
    with Package(path) as opened, pytest.raises(FileTooComplex, match="expand"):
        opened.read("a.xml")
    with Package(path) as opened, pytest.raises(FileTooComplex, match="expand"):
        opened.check_bounds()


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
        "<d>cut short",
    ],
)
def test_dangerous_or_broken_xml_is_refused(tmp_path: Path, document: str) -> None:
    with Package(package(tmp_path, {"a.xml": document})) as opened:
        with pytest.raises(UnreadableFile):
            opened.xml("a.xml")
        assert opened.find_xml("a.xml") is None


def test_damage_is_an_unreadable_file(tmp_path: Path) -> None:
    path = package(tmp_path, {"a.xml": bytes(range(256)) * 40})
    data = bytearray(path.read_bytes())
    data[60:90] = b"\xff" * 30
    path.write_bytes(data)
    with Package(path) as opened:
        with pytest.raises(UnreadableFile, match=r"a\.xml"):
            opened.read("a.xml")
        with pytest.raises(UnreadableFile, match=r"b\.xml"):
            opened.read("b.xml")
