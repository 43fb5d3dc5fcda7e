"""DOC (Word 97-2003): text, headings, lists, tables and notes straight from the binary format.

No tool in Debian is needed: antiword loses characters beyond the basic plane, text boxes and
headings. Follows Microsoft's published MS-DOC.
"""

from __future__ import annotations

from pathlib import Path

from on_prem_rag.errors import EmptyFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.compound import CompoundFile
from on_prem_rag.ingest.converters.doc_text import DocText, Paragraph
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.detect import DOC
from on_prem_rag.ingest.parsed import ParsedDocument


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a DOC file. Raises UnreadableFile, EncryptedFile, EmptyFile, FileTooComplex."""
    with CompoundFile(path) as file:
        text = DocText(file)
        properties = file.properties()
    writer = BlockWriter(options)
    _write_main(text.main(), writer)
    for paragraph in text.text_boxes():
        writer.paragraph(paragraph)
    for paragraph in dict.fromkeys(text.notes()):
        writer.line("note", paragraph)
    if not writer.blocks:
        raise EmptyFile("The document holds no text.")
    return writer.document(DOC, **properties._asdict())


def _write_main(paragraphs: list[Paragraph], writer: BlockWriter) -> None:
    rows: list[list[str]] = []
    cells: list[str] = []
    cell: list[str] = []
    for paragraph in paragraphs:
        if paragraph.ends_row:
            rows.append(cells)
            cells = []
        elif paragraph.ends_cell:
            cells.append(" ".join([*cell, paragraph.text]))
            cell = []
        elif paragraph.in_table:
            cell.append(paragraph.text)
        else:
            writer.table(rows)
            rows = []
            _write_paragraph(paragraph, writer)
    writer.table([*rows, cells])


def _write_paragraph(paragraph: Paragraph, writer: BlockWriter) -> None:
    if paragraph.heading:
        writer.heading(paragraph.text, paragraph.heading)
    else:
        writer.line("list_item" if paragraph.in_list else "paragraph", paragraph.text)
