"""One converter per file format, found by media type.

A converter is a module with ``convert(path, options) -> ParsedDocument``. Modules are imported when
first needed: the server asks only which types exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from on_prem_rag.errors import UnsupportedMediaType
from on_prem_rag.ingest import detect
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.parsed import ParsedDocument

Converter = Callable[[Path, ConvertOptions], ParsedDocument]

_MODULES = {
    detect.PDF: "pdf",
    detect.PNG: "image",
    detect.JPEG: "image",
    detect.TIFF: "image",
    detect.DOCX: "docx",
    detect.PPTX: "pptx",
    detect.XLSX: "spreadsheet",
    detect.XLSB: "spreadsheet",
    detect.XLS: "spreadsheet",
    detect.ODT: "odf",
    detect.ODS: "odf",
    detect.ODP: "odf",
    detect.RTF: "rtf",
    detect.HTML: "html",
    detect.EML: "eml",
    detect.MSG: "msg",
    detect.EPUB: "epub",
    detect.DOC: "doc",
    detect.PPT: "ppt",
    detect.MARKDOWN: "markdown",
    detect.TEXT: "plain_text",
    detect.CSV: "delimited",
    detect.TSV: "delimited",
    detect.JSON: "json_text",
    detect.JSON_LINES: "json_text",
}


def media_types() -> Iterable[str]:
    """Every media type that can be read."""
    return _MODULES.keys()


def find_converter(media_type: str) -> Converter:
    """The converter of a media type. Raises UnsupportedMediaType."""
    name = _MODULES.get(media_type)
    if name is None:
        raise UnsupportedMediaType(f"Files of type {media_type} cannot be read.")
    converter: Converter = import_module(f"{__name__}.{name}").convert
    return converter


def preload() -> None:
    """Import every converter, so that a process forked later starts at once."""
    for name in sorted(set(_MODULES.values())):
        import_module(f"{__name__}.{name}")


def convert(
    path: Path, options: ConvertOptions, *, file_name: str, media_type: str | None = None
) -> ParsedDocument:
    """Detect the type of ``path`` unless it is given, and read it. Raises ConversionError."""
    return find_converter(media_type or detect.detect(path, file_name))(path, options)
