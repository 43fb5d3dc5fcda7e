"""Content decides, then the name."""

import zipfile
from pathlib import Path

import pytest

from on_prem_rag.errors import EmptyFile, UnreadableFile, UnsupportedMediaType
from on_prem_rag.ingest import detect as d

MAIL = b"From: a@example.com\nTo: b@example.com\nSubject: Lease\n\nText\n"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", b"%PDF-1.7\n", d.PDF),
        ("named.docx", b"%PDF-1.7\n", d.PDF),
        ("a.pdf", b"junk" * 200 + b"%PDF-1.4\n", d.PDF),
        ("header-lost.pdf", b"%PXF-1.4\n\x00\x01\x02\x03\x04\x05", d.PDF),
        ("named.pdf", b"\x89PNG\r\n\x1a\n....", d.PNG),
        ("scan.jpg", b"\xff\xd8\xff\xe0....", d.JPEG),
        ("scan.tif", b"II*\x00....", d.TIFF),
        ("letter.doc", b"{\\rtf1 Hello}", d.RTF),
        ("report.xls", b"\n<!DOCTYPE HTML><table>", d.HTML),
        ("page", b"\xef\xbb\xbf<?xml version='1.0'?><html>", d.HTML),
        ("mail.eml", MAIL, d.EML),
        ("mail", MAIL, d.EML),
        ("notes.txt", MAIL, d.TEXT),
        ("a.md", b"# Title", d.MARKDOWN),
        ("A.CSV", b"a;b\n", d.CSV),
        ("a.tsv", b"a\tb\n", d.TSV),
        ("a.json", b"{}", d.JSON),
        ("a.jsonl", b"{}\n{}\n", d.JSON_LINES),
        ("wide.csv", "a,b\n".encode("utf-16"), d.CSV),
        ("bare.txt", "plain words".encode("utf-16-le"), d.TEXT),
        ("script.py", b"print('hello')\n", d.TEXT),
        ("MZ-notes.txt", b"MZ is how programs start", d.TEXT),
    ],
)
def test_type(tmp_path: Path, name: str, content: bytes, media_type: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    assert d.detect(path, name) == media_type


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.txt", b"", EmptyFile),
        ("a.pdf", b"MZ\x90\x00\x03" + bytes(99), UnsupportedMediaType),
        ("a.bin", bytes(range(256)), UnsupportedMediaType),
        ("a.docx", b"PK\x03\x04" + bytes(50), UnreadableFile),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), UnreadableFile),
    ],
)
def test_refused(tmp_path: Path, name: str, content: bytes, error: type[Exception]) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    with pytest.raises(error):
        d.detect(path, name)


@pytest.mark.parametrize(
    ("members", "media_type"),
    [
        ({"[Content_Types].xml": "<Types/>", "word/document.xml": ""}, d.DOCX),
        ({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": ""}, d.PPTX),
        ({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": ""}, d.XLSX),
        (
            {
                "[Content_Types].xml": "x=application/wordprocessingml.document.main+xml",
                "d.xml": "",
            },
            d.DOCX,
        ),
        ({"mimetype": d.ODT}, d.ODT),
        ({"mimetype": d.ODP + "-template"}, d.ODP),
        ({"mimetype": d.EPUB}, d.EPUB),
    ],
)
def test_packages(tmp_path: Path, members: dict[str, str], media_type: str) -> None:
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in members.items():
            package.writestr(name, content)
    assert d.detect(path, "whatever.zip") == media_type


@pytest.mark.parametrize(
    ("name", "error"), [("a.zip", UnsupportedMediaType), ("a.docx", UnreadableFile)]
)
def test_plain_archives_are_refused(tmp_path: Path, name: str, error: type[Exception]) -> None:
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("notes.txt", "text")
    with pytest.raises(error, match="zip archive"):
        d.detect(path, name)
