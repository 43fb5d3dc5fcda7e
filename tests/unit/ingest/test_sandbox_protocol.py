"""What crosses the process border comes out as it went in."""

import pytest

from on_prem_rag.errors import (
    AppError,
    ConversionTimeout,
    EncryptedFile,
    FileTooComplex,
    UnreadableFile,
    UnsupportedMediaType,
)
from on_prem_rag.ingest.parsed import Block, Box, Page, ParsedDocument, Run, Text, Word
from on_prem_rag.ingest.sandbox_protocol import DOCUMENT, FAILURE, Failure, error_of, failure_of


def test_a_document_survives_the_wire() -> None:
    word = Word("lease", Box(1.5, 2.0, 30.25, 12.0), Box(0.0, 14.0, 9.0, 24.0))
    document = ParsedDocument(
        "application/pdf",
        (
            Block("heading", Text("lease", (Run(0, 5, 1, 0, 1),)), 2, page=1),
            Block("table", rows=((Text("a"), Text("")),), header_rows=1),
        ),
        (Page(1, 595.0, 842.0, (word,), "done"),),
        title="Tïtle \U00010332",
        warnings=("w",),
    )
    assert DOCUMENT.validate_json(DOCUMENT.dump_json(document)) == document


@pytest.mark.parametrize(
    "kind",
    [ConversionTimeout, EncryptedFile, FileTooComplex, UnreadableFile, UnsupportedMediaType],
)
def test_an_error_survives_the_wire(kind: type[AppError]) -> None:
    sent = failure_of(kind("what", hint="do this"))
    error = error_of(FAILURE.validate_json(FAILURE.dump_json(sent)))
    assert (type(error), error.message, error.hint) == (kind, "what", "do this")


def test_an_unknown_code_is_an_unreadable_file() -> None:
    assert type(error_of(Failure("invented", "m", "h"))) is UnreadableFile
