"""What type a file is: its content decides, its name only where the content leaves it open."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path, PurePosixPath

import olefile  # type: ignore[import-untyped]

from on_prem_rag.errors import EmptyFile, EncryptedFile, UnreadableFile, UnsupportedMediaType

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
DOCX = f"{_OOXML}.wordprocessingml.document"
PPTX = f"{_OOXML}.presentationml.presentation"
XLSX = f"{_OOXML}.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
ODT = f"{_ODF}.text"
ODS = f"{_ODF}.spreadsheet"
ODP = f"{_ODF}.presentation"
EPUB = "application/epub+zip"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"
RTF = "application/rtf"
HTML = "text/html"
EML = "message/rfc822"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
CSV = "text/csv"
TSV = "text/tab-separated-values"
JSON = "application/json"
JSON_LINES = "application/x-ndjson"

_HEAD_BYTES = 16 * 1024
# Adobe's readers accept junk before the header within this many bytes.
_PDF_HEADER_WITHIN = 1024

_TEXT_SUFFIXES = {
    ".txt": TEXT, ".text": TEXT, ".log": TEXT, ".md": MARKDOWN, ".markdown": MARKDOWN, ".csv": CSV,
    ".tsv": TSV, ".tab": TSV, ".json": JSON, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES,
    ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".eml": EML,
}  # fmt: skip
_BINARY_SUFFIXES = {
    ".pdf": PDF, ".png": PNG, ".jpg": JPEG, ".jpeg": JPEG, ".tif": TIFF, ".tiff": TIFF,
    ".docx": DOCX, ".docm": DOCX, ".dotx": DOCX, ".pptx": PPTX, ".pptm": PPTX, ".ppsx": PPTX,
    ".xlsx": XLSX, ".xlsm": XLSX, ".xlsb": XLSB, ".odt": ODT, ".ods": ODS, ".odp": ODP,
    ".epub": EPUB, ".doc": DOC, ".dot": DOC, ".xls": XLS, ".ppt": PPT, ".pps": PPT, ".msg": MSG,
    ".rtf": RTF,
}  # fmt: skip
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"{\\rtf", RTF),
)
_REFUSED = (
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"Rar!", "an archive"),
    (b"\x1f\x8b", "an archive"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = olefile.MAGIC
_OLE_STREAMS = (
    ("encryptedpackage", None),
    ("worddocument", DOC),
    ("powerpoint document", PPT),
    ("workbook", XLS),
    ("book", XLS),
    ("__properties_version1.0", MSG),
)
_ZIP_PARTS = (
    ("word/document.xml", DOCX),
    ("ppt/presentation.xml", PPTX),
    ("xl/workbook.xml", XLSX),
    ("xl/workbook.bin", XLSB),
)
_CONTENT_TYPES = (
    (b"wordprocessingml.document.main+xml", DOCX),
    (b"wordprocessingml.template.main+xml", DOCX),
    (b"ms-word.document.macroEnabled.main+xml", DOCX),
    (b"presentationml.presentation.main+xml", PPTX),
    (b"presentationml.slideshow.main+xml", PPTX),
    (b"spreadsheetml.sheet.main+xml", XLSX),
)
_MAIL_HEADER = re.compile(
    rb"^(from|to|subject|date|received|return-path|message-id|mime-version|delivered-to|"
    rb"content-type|x-[a-z-]+):",
    re.IGNORECASE | re.MULTILINE,
)
_HTML_START = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)", re.I | re.S
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


def detect(path: Path, file_name: str) -> str:
    """The media type of the file at ``path`` that was uploaded as ``file_name``.

    Raises EmptyFile for no bytes, UnreadableFile for a container too damaged to tell, EncryptedFile
    for an encrypted Office package, and UnsupportedMediaType for what no converter reads.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise EmptyFile("The file is empty.")
    suffix = PurePosixPath(file_name.replace("\\", "/")).suffix.lower()
    if b"%PDF-" in head[: _PDF_HEADER_WITHIN + 5]:
        return PDF
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(_ZIP):
        return _zip_type(path, suffix)
    if head.startswith(_OLE):
        return _ole_type(path, suffix)
    for magic, what in _REFUSED:
        if head.startswith(magic) and not _is_text(head):
            raise UnsupportedMediaType(f"The file is {what}, whatever its name says.")
    return _text_type(head, suffix) if _is_text(head) else _binary_type(suffix)


def _zip_type(path: Path, suffix: str) -> str:
    """OOXML, ODF or EPUB by the members of the zip."""
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
            for part, media_type in _ZIP_PARTS:
                if part in names and "[Content_Types].xml" in names:
                    return media_type
            if "mimetype" in names:
                with package.open("mimetype") as member:
                    declared = member.read(256).decode("ascii", "replace").strip()
                for media_type in (ODT, ODS, ODP, EPUB):
                    # Templates ("-template") are read as what they are templates of.
                    if declared.startswith(media_type):
                        return media_type
            if "[Content_Types].xml" in names:
                with package.open("[Content_Types].xml") as member:
                    types = member.read(2**20)
                for marker, media_type in _CONTENT_TYPES:
                    if marker in types:
                        return media_type
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableFile("The file is damaged: its zip structure is broken.") from error
    if suffix in _BINARY_SUFFIXES:
        raise UnreadableFile(f"The file is a zip archive, not the {suffix} its name says.")
    raise UnsupportedMediaType(
        "The file is a zip archive.", hint="Unpack the archive and upload the files in it."
    )


def _ole_type(path: Path, suffix: str) -> str:
    """DOC, XLS, PPT or MSG by the streams of the compound file."""
    try:
        with olefile.OleFileIO(path) as ole:
            names = {"/".join(name).lower() for name in ole.listdir()}
    except Exception as error:
        raise UnreadableFile("The file is damaged: its structure cannot be read.") from error
    for stream, media_type in _OLE_STREAMS:
        if stream in names:
            if media_type is None:
                raise EncryptedFile("The file is protected by a password.")
            return media_type
    if suffix in _BINARY_SUFFIXES:
        raise UnreadableFile("The file is damaged: the document in it is missing.")
    raise UnsupportedMediaType("The file is a compound file of an unknown program.")


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 5 and min(even, odd) < len(head) // 50 + 1:
        # UTF-16 without a mark: one byte of each pair is mostly zero.
        return True
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= len(head) // 20


def _text_type(head: bytes, suffix: str) -> str:
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if _HTML_START.match(bare):
        return HTML
    named = _TEXT_SUFFIXES.get(suffix)
    if named is not None:
        return named
    if suffix in _BINARY_SUFFIXES and suffix != ".rtf":
        known = _sniffed_text(bare)
        return known if known != TEXT else _BINARY_SUFFIXES[suffix]
    return _sniffed_text(bare)


def _sniffed_text(head: bytes) -> str:
    """A text type from content alone."""
    top = head.split(b"\n\n")[0].split(b"\r\n\r\n")[0]
    if _MAIL_HEADER.match(head) and len(_MAIL_HEADER.findall(top)) >= 2:
        return EML
    return TEXT


def _binary_type(suffix: str) -> str:
    # A known name promises a format: its converter says what is wrong with the content.
    media_type = _BINARY_SUFFIXES.get(suffix) or _TEXT_SUFFIXES.get(suffix)
    if media_type is None:
        shown = suffix or "without an extension"
        raise UnsupportedMediaType(f"Files of this type ({shown}) cannot be read.")
    return media_type
