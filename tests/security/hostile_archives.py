"""Hostile archives: bombs, document types and entities, names that lead elsewhere, links."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from docx import Document as WordDocument
from pptx import Presentation

FACT = "The lease ends in May."


class HostileFile(NamedTuple):
    """A file and how it must end: "read" with its fact found, "refused", or either ("any").

    ``long`` ones take seconds each and are for the long form.
    """

    name: str
    data: bytes
    ends: str = "any"
    long: bool = False


class Format(NamedTuple):
    """An archive-based format: its members, and the one its text stands in."""

    suffix: str
    members: Mapping[str, bytes]
    main: str


_ODF = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
_ODF_TEXT = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An archive of ``members``, a MIME type first and as it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            package.writestr(zipfile.ZipInfo(name), data, kind)
    return buffer.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _workbook() -> dict[str, bytes]:
    """A sheet of one cell, whose text stands in the sheet itself."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def relation(target: str, name: str) -> str:
        return (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/{name}" Target="{target}"/></Relationships>'
        )

    texts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            '<Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{kind}.worksheet+xml"/></Types>'
        ),
        "_rels/.rels": relation("xl/workbook.xml", "officeDocument"),
        "xl/_rels/workbook.xml.rels": relation("worksheets/sheet1.xml", "worksheet"),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="A" sheetId="1" '
            'r:id="r1"/></sheets></workbook>'
        ),
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{main}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is>'
            f"<t>{FACT}</t></is></c></row></sheetData></worksheet>"
        ),
    }
    return {name: f"<?xml version='1.0'?>{text}".encode() for name, text in texts.items()}


@cache
def office_files() -> dict[str, bytes]:
    """A valid file of each of the three Office formats, by suffix."""
    word, show = io.BytesIO(), io.BytesIO()
    document = WordDocument()
    document.add_paragraph(FACT)
    document.save(word)
    slides = Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[5])
    slide.shapes.title.text = FACT
    slides.save(show)
    return {"docx": word.getvalue(), "xlsx": zipped(_workbook()), "pptx": show.getvalue()}


@cache
def formats() -> tuple[Format, ...]:
    """Every archive-based format that is read, with a valid file of each."""
    mains = {
        "docx": "word/document.xml",
        "xlsx": "xl/worksheets/sheet1.xml",
        "pptx": "ppt/slides/slide1.xml",
    }
    office = [Format(suffix, _members(office_files()[suffix]), mains[suffix]) for suffix in mains]
    odt = {
        "mimetype": b"application/vnd.oasis.opendocument.text",
        "content.xml": (
            f"<?xml version='1.0'?><office:document-content {_ODF} {_ODF_TEXT}><office:body>"
            f"<office:text><text:p>{FACT}</text:p></office:text></office:body>"
            "</office:document-content>"
        ).encode(),
    }
    return (*office, Format("odt", odt, "content.xml"), Format("epub", epub("c.xhtml"), "c.xhtml"))


def epub(reference: str) -> dict[str, bytes]:
    """A book of one chapter, which the manifest calls ``reference``."""
    package = (
        "<?xml version='1.0'?><package xmlns='http://www.idpf.org/2007/opf' version='3.0'>"
        "<metadata xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>Lease</dc:title></metadata>"
        f"<manifest><item id='c' href='{reference}' media-type='application/xhtml+xml'/></manifest>"
        "<spine><itemref idref='c'/></spine></package>"
    )
    container = (
        "<?xml version='1.0'?><container xmlns='urn:oasis:names:tc:opendocument:xmlns:container' "
        "version='1.0'><rootfiles><rootfile full-path='p.opf' "
        "media-type='application/oebps-package+xml'/></rootfiles></container>"
    )
    chapter = f"<html xmlns='http://www.w3.org/1999/xhtml'><body><p>{FACT}</p></body></html>"
    return {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": container.encode(),
        "p.opf": package.encode(),
        "c.xhtml": chapter.encode(),
    }


def bombs() -> Iterator[HostileFile]:
    """Archives that are small here and large where they are unpacked."""
    for each in formats():
        padded = each.members[each.main] + b" " * (80 << 20)
        yield HostileFile(
            f"ratio.{each.suffix}", zipped({**each.members, each.main: padded}), "refused"
        )
        crowd = {f"word/media/{number}": b"" for number in range(51_000)}
        many = zipped({**each.members, **crowd})
        yield HostileFile(f"entries.{each.suffix}", many, "refused", each.suffix != "docx")
        yield HostileFile(f"overlap.{each.suffix}", _overlapping(each), "any")
        yield HostileFile(f"nested.{each.suffix}", _nested(each))
    archive = zipped({"a.txt": bytes(80 << 20)})
    for suffix in ("docx", "xlsx", "pptx", "epub", "pdf", "txt", "zip"):
        yield HostileFile(f"archive.{suffix}", archive, "refused")
    word = formats()[0]
    total = {f"word/media/{number}": _ratio_of_200(number) for number in range(20)}
    # Nothing refers to its images, so it may be read without ever unpacking them.
    yield HostileFile("total.docx", zipped({**word.members, **total}), "any", long=True)


def _ratio_of_200(number: int) -> bytes:
    """30 MB that deflate to about a two-hundredth: too much only together."""
    piece = bytes((number * 31 + index * 97) % 256 for index in range(150))
    return (piece + bytes(30_000)) * 1000


def _nested(each: Format) -> bytes:
    data = zipped(each.members)
    folder = {"docx": "word", "xlsx": "xl", "pptx": "ppt"}.get(each.suffix, "Object")
    for _ in range(30):
        data = zipped({**each.members, f"{folder}/embeddings/inner.{each.suffix}": data})
    return data


def _overlapping(each: Format) -> bytes:
    """The directory names one large member a hundred times (Fifield, "A better zip bomb")."""
    data = zipped({**each.members, "big": b"x" * (6 << 20)})
    end = data.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HII", data[end + 10 : end + 20])
    directory = data[start : start + size]
    last = directory.rindex(b"PK\x01\x02")
    entries = b"".join(
        directory[last:].replace(b"big", f"{number:03d}".encode()) for number in range(100)
    )
    tail = struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, count + 100, count + 100, size + len(entries), start, 0
    )
    return data[:start] + directory + entries + tail


def doctypes(secret: Path) -> Iterator[HostileFile]:
    """Each trick of a document type in the text of each XML-based format; ``secret`` is asked for.

    A reader may refuse the file or leave the entity alone; the secret must not come out.
    """
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    tricks = {
        "doctype": ("<!DOCTYPE x>", ""),
        "internal": ('<!DOCTYPE x [<!ENTITY e "swapped">]>', "&e;"),
        "external": (f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>', "&e;"),
        "parameter": (
            f'<!DOCTYPE x [<!ENTITY % p SYSTEM "file://{secret}"> %p; <!ENTITY e "x">]>',
            "&e;",
        ),
        "network": ('<!DOCTYPE x SYSTEM "http://198.51.100.7/x.dtd">', ""),
        "laughs": (f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>', "&l9;"),
        "quadratic": (f'<!DOCTYPE x [<!ENTITY e "{"x" * 50_000}">]>', "&e;" * 50_000),
        "xinclude": (
            "",
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" '
            f'href="file://{secret}"/>',
        ),
    }
    for each in formats():
        text = each.members[each.main].decode()
        for trick, (head, body) in tricks.items():
            prolog, mark, root = (
                text.partition("?>") if text.startswith("<?xml") else ("", "", text)
            )
            changed = f"{prolog}{mark}{head}{root.replace(FACT, f'{FACT}{body}')}"
            members = {**each.members, each.main: changed.encode()}
            yield HostileFile(f"{trick}.{each.suffix}", zipped(members))


def names(outside: Path) -> Iterator[HostileFile]:
    """Members whose names lead to ``outside``, links to it, and names no file system takes."""
    strange = {
        "traversal": f"../../../../../../../..{outside}/traversal",
        "absolute": f"{outside}/absolute",
        "backslash": "..\\..\\..\\backslash",
        "control": "word/\x01\x1b[2J\x7f\n.xml",
        "very_long": "a/" * 30_000 + "b",
    }
    for each in formats():
        for trick, name in strange.items():
            yield HostileFile(
                f"{trick}.{each.suffix}", zipped({**each.members, name: b"planted"}), "read"
            )
        data = zipped({**each.members, "word/aXb.xml": b"planted"})
        yield HostileFile(f"nul.{each.suffix}", data.replace(b"aXb", b"a\0b"), "any")
        yield HostileFile(f"link.{each.suffix}", _linked(each, outside))
    for reference in (f"../../../../..{outside}/secret", f"file://{outside}/secret", "/etc/passwd"):
        yield HostileFile(f"manifest_{len(reference)}.epub", zipped(epub(reference)), "refused")


def _linked(each: Format, outside: Path) -> bytes:
    """The main part is a symbolic link to the secret."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, data in each.members.items():
            info = zipfile.ZipInfo(name)
            is_link = name == each.main
            info.external_attr = (stat.S_IFLNK | 0o777) << 16 if is_link else 0
            package.writestr(info, f"{outside}/secret" if is_link else data)
    return buffer.getvalue()
