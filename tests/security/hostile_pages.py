"""Hostile pages and pictures: PDFs, pixel bombs, files of two types at once, files cut short."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas
from tests.security.hostile_archives import FACT, HostileFile, office_files, zipped

_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 200] /Contents 4 0 R /Resources << /Font << "
    b"/F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
)
_TEXT = f"BT /F1 12 Tf 20 100 Td ({FACT}) Tj ET".encode()


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), entries, data)


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of ``objects``, numbered from 1, the first being the catalog."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R %b >>\n" % (len(objects) + 1, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table


def plain_pdf(catalog: bytes = _CATALOG, page: bytes = _PAGE) -> bytes:
    """A PDF of one page with the fact on it."""
    return pdf([catalog, _PAGES, page, stream(_TEXT)])


def _locked(user: str, owner: str) -> bytes:
    buffer = io.BytesIO()
    lock = StandardEncryption(user, owner, canPrint=0, canCopy=0, strength=128)
    canvas = Canvas(buffer, encrypt=lock)
    canvas.drawString(50, 500, FACT)
    canvas.save()
    return buffer.getvalue()


def pdfs() -> Iterator[HostileFile]:
    """PDFs that are deep, endless, locked, or want something done."""
    box = b"[0 0 400 200]"
    yield HostileFile("huge_page.pdf", plain_pdf(page=_PAGE.replace(box, b"[0 0 9999999 9999999]")))
    yield HostileFile("no_page.pdf", plain_pdf(page=_PAGE.replace(box, b"[0 0 0 -1]")))
    kids = b" ".join(b"3 0 R" for _ in range(20_000))
    endless = b"<< /Type /Pages /Kids [%b] /Count 20000 >>" % kids
    yield HostileFile("many_pages.pdf", pdf([_CATALOG, endless, _PAGE, stream(_TEXT)]), "refused")
    lying = b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>"
    yield HostileFile("lying_count.pdf", pdf([_CATALOG, lying, _PAGE, stream(_TEXT)]))
    deep = b"<< /Type /Pages /X %b%b /Kids [3 0 R] /Count 1 >>" % (b"[" * 100_000, b"]" * 100_000)
    yield HostileFile("deep_arrays.pdf", pdf([_CATALOG, deep, _PAGE, stream(_TEXT)]))
    circle = b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 /Parent 2 0 R >>"
    yield HostileFile("circle.pdf", pdf([_CATALOG, circle, _PAGE, stream(_TEXT)]))
    bomb = zlib.compress(b" " * (400 << 20), 1)
    yield HostileFile(
        "flate.pdf", pdf([_CATALOG, _PAGES, _PAGE, stream(bomb, b"/Filter /FlateDecode")])
    )
    twice = zlib.compress(zlib.compress(bytes(100 << 20)))
    filters = b"/Filter [/FlateDecode /FlateDecode]"
    yield HostileFile("flate_twice.pdf", pdf([_CATALOG, _PAGES, _PAGE, stream(twice, filters)]))
    itself = _PAGE.replace(b"/Contents 4 0 R", b"/Contents [4 0 R 3 0 R 4 0 R]")
    yield HostileFile("contents_of_itself.pdf", plain_pdf(page=itself))
    operators = b"q " * 300_000 + _TEXT
    yield HostileFile("operators.pdf", pdf([_CATALOG, _PAGES, _PAGE, stream(operators)]))
    for name, action in (
        ("javascript", b"<< /S /JavaScript /JS (app.launchURL\\('http://198.51.100.7'\\)) >>"),
        ("launch", b"<< /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) >> >>"),
        ("uri", b"<< /S /URI /URI (http://198.51.100.7/) >>"),
        ("submit", b"<< /S /SubmitForm /F (http://198.51.100.7/) >>"),
        ("import", b"<< /S /ImportData /F (/etc/passwd) >>"),
    ):
        catalog = _CATALOG.replace(b" >>", b" /OpenAction %b >>" % action)
        yield HostileFile(f"{name}.pdf", plain_pdf(catalog), "read")
    yield HostileFile("password.pdf", _locked("secret", "owner"), "refused")
    yield HostileFile("owner_locked.pdf", _locked("", "owner"), "read")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, data: bytes, *extra: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = [_chunk(b"IHDR", header), *extra, _chunk(b"IDAT", data), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@cache
def picture(kind: str) -> bytes:
    """A small white picture."""
    buffer = io.BytesIO()
    Image.new("L", (200, 100), 255).save(buffer, kind)
    return buffer.getvalue()


def pixels() -> Iterator[HostileFile]:
    """Pictures of more pixels, pages or words than their size lets one think."""
    wide = zlib.compress(bytes(5001 * 40_000))
    yield HostileFile("pixels.png", _png(40_000, 40_000, wide), "refused")
    yield HostileFile("most.png", _png(2**31 - 1, 2**31 - 1, zlib.compress(b"")), "refused")
    few = zlib.compress(bytes(14 * 100))
    words = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100 << 20)))
    yield HostileFile("words.png", _png(100, 100, few, words))
    profile = _chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(100 << 20)))
    yield HostileFile("profile.png", _png(100, 100, few, profile))
    jpeg = bytearray(picture("JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    yield HostileFile("pixels.jpg", bytes(jpeg), "refused")
    tiff = picture("TIFF")
    for tag in (256, 257):
        found = tiff.index(struct.pack("<H", tag), 4)
        tiff = tiff[:found] + struct.pack("<HHII", tag, 4, 1, 200_000) + tiff[found + 12 :]
    yield HostileFile("pixels.tiff", tiff, "refused")
    buffer = io.BytesIO()
    page = Image.new("1", (8, 8), 1)
    page.save(buffer, "TIFF", save_all=True, append_images=[page] * 6000)
    yield HostileFile("pages.tiff", buffer.getvalue(), "refused")
    directory = b"\x01\x00" + struct.pack("<HHII", 256, 4, 1, 8) + struct.pack("<I", 8)
    yield HostileFile("circle.tiff", b"II*\0" + struct.pack("<I", 8) + directory, "refused")


def polyglots() -> Iterator[HostileFile]:
    """Files that are two things at once, or not what they are called."""
    sheet, archive = plain_pdf(), zipped({"a.txt": b"planted"})
    page = b"<html><script>alert(1)</script><p>planted</p></html>"
    yield HostileFile("pdf_and_zip.pdf", sheet + archive)
    yield HostileFile("zip_and_pdf.zip", archive + sheet)
    yield HostileFile("pdf_and_html.pdf", sheet + page, "read")
    yield HostileFile("html_and_pdf.html", page + sheet)
    yield HostileFile("png_and_zip.png", picture("PNG") + archive)
    yield HostileFile("png_and_docx.docx", picture("PNG") + office_files()["docx"])
    yield HostileFile("gif_and_js.gif", b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)", "refused")
    yield HostileFile("gif_and_js.txt", b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)")
    yield HostileFile("pdf_inside.txt", FACT.encode() + b"\n" * 2000 + b"%PDF-1.7\n", "read")
    yield HostileFile("word.pdf", office_files()["docx"], "read")
    yield HostileFile("sheet.docx", sheet, "read")
    yield HostileFile("program.docx", b"\x7fELF" + bytes(range(256)) * 40, "refused")
    yield HostileFile("program.txt", b"MZ" + bytes(range(256)) * 40)
    yield HostileFile("page.pdf", page)
    yield HostileFile("picture.jpg", picture("PNG"))
    yield HostileFile("no_suffix", sheet, "read")
    yield HostileFile("../../../up.pdf", sheet, "read")
    yield HostileFile("x" * 200 + ".txt", FACT.encode(), "read")


def truncated() -> Iterator[HostileFile]:
    """A valid file of five formats, cut at every tenth."""
    whole = {**office_files(), "pdf": _valid_pdf(), "png": picture("PNG")}
    for suffix, data in whole.items():
        for tenth in range(1, 10):
            yield HostileFile(f"cut_{tenth}.{suffix}", data[: len(data) * tenth // 10])


def _valid_pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    for _ in range(5):
        canvas.drawString(50, 500, FACT)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
