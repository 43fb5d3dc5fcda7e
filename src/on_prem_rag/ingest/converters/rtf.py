"""RTF (Rich Text Format 1.9.1): text in any code page, headings, lists, tables, notes."""

from __future__ import annotations

from pathlib import Path

from on_prem_rag.errors import EmptyFile, UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.converters.rtf_reader import RtfReader
from on_prem_rag.ingest.detect import RTF
from on_prem_rag.ingest.parsed import ParsedDocument


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read an RTF file. Raises UnreadableFile, EmptyFile, FileTooComplex."""
    data = path.read_bytes()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile("The file is not an RTF document.")
    writer = BlockWriter(options)
    properties = write_rtf(data, writer)
    if not writer.blocks:
        raise EmptyFile("The document holds no text.")
    return writer.document(RTF, title=properties.get("title"), author=properties.get("author"))


def write_rtf(data: bytes, writer: BlockWriter) -> dict[str, str]:
    """Add the text of an RTF document to ``writer``; returns its title and author."""
    reader = RtfReader(data, writer)
    reader.read()
    return reader.properties
