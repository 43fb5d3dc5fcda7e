"""EPUB: the chapters in the order of the spine, each an HTML page in the package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from on_prem_rag.errors import EncryptedFile, FileTooComplex, UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.converters.html import write_html
from on_prem_rag.ingest.converters.ooxml import metadata
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.package import Package, resolve
from on_prem_rag.ingest.detect import EPUB
from on_prem_rag.ingest.parsed import ParsedDocument

_CONTAINER = "META-INF/container.xml"
_OCF = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read an EPUB book. Raises UnreadableFile, EncryptedFile, FileTooComplex."""
    with Package(path) as package:
        if "META-INF/rights.xml" in package:
            raise EncryptedFile("The book is protected by digital rights management.")
        writer = BlockWriter(options)
        root_file = package.xml(_CONTAINER).find(f".//{_OCF}rootfile")
        opf = root_file.get("full-path", "") if root_file is not None else ""
        book = package.xml(opf)
        for count, name in enumerate(_spine(package, opf), start=1):
            if count > options.max_pages:
                raise FileTooComplex(f"The book has more than {options.max_pages:,} chapters.")
            try:
                write_html(decode(package.read(name)), writer)
            except UnreadableFile as error:
                writer.warn(error.message)
        return writer.document(EPUB, **metadata(book.find(f"{_OPF}metadata"))._asdict())


def _spine(package: Package, opf: str) -> Iterator[str]:
    """Members that are chapters, in reading order."""
    book = package.xml(opf)
    items = {item.get("id"): item for item in book.iter(f"{_OPF}item")}
    for reference in book.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "html" not in item.get("media-type", ""):
            continue
        name = resolve(opf, item.get("href", ""))
        if name in package and "nav" not in item.get("properties", "").split():
            yield name
