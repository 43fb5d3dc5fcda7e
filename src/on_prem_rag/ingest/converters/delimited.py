"""CSV and TSV: one table, the first row as header, every value as the text it is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from on_prem_rag.errors import UnreadableFile
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.detect import CSV
from on_prem_rag.ingest.parsed import ParsedDocument

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 50
_SAMPLE_CHARS = 64 * 1024


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read a delimited file. Raises UnreadableFile, FileTooComplex."""
    writer = BlockWriter(options)
    text = decode(path.read_bytes()).replace("\0", "")
    # The allowed amount of text bounds a field too; the module's own bound is 128 KB.
    csv.field_size_limit(options.max_text_chars)
    try:
        writer.table(_rows(text, find_delimiter(text)))
    except csv.Error as error:
        raise UnreadableFile("The file is not a table of delimited values.") from error
    return writer.document(CSV)


def find_delimiter(text: str) -> str:
    """The delimiter that splits the first rows into the most columns of equal number."""
    sample = text[:_SAMPLE_CHARS]

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row in islice(_rows(sample, delimiter), _SAMPLE_ROWS)]
        if not widths or max(widths) < 2:
            return (0.0, 0)
        usual = max(set(widths), key=widths.count)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0, usual)

    return max(_DELIMITERS, key=score)


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    lines = iter(text.splitlines(keepends=True))
    return (row for row in csv.reader(lines, delimiter=delimiter) if row)
