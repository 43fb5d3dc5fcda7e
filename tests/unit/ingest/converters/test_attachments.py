"""Attachments: small pictures are decoration, unreadable ones a warning."""

from on_prem_rag.ingest.converters.attachments import Attachment, write_attachments
from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.options import ConvertOptions


def written(*attachments: Attachment) -> BlockWriter:
    writer = BlockWriter(ConvertOptions())
    write_attachments(attachments, writer)
    return writer


def test_a_readable_one_stands_under_its_name() -> None:
    writer = written(Attachment("a\x00b\n.txt", b"The lease."))
    assert [(b.kind, b.text.value) for b in writer.blocks] == [
        ("heading", "ab .txt"),
        ("paragraph", "The lease."),
    ]


def test_a_small_picture_is_passed_over() -> None:
    writer = written(Attachment("logo.png", b"\x89PNG\r\n\x1a\n" + bytes(100)))
    assert (writer.blocks, writer.warnings) == ([], [])


def test_an_unreadable_one_is_a_warning() -> None:
    writer = written(Attachment("a.docx", b"PK\x03\x04"), Attachment("", b""))
    assert writer.blocks == []
    assert ["a.docx" in writer.warnings[0], "empty" in writer.warnings[1]] == [True, True]
