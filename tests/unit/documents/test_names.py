"""Document names are data, never places."""

import pytest

from on_prem_rag.documents.names import clean_document_name
from on_prem_rag.errors import InvalidInput


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("lease.pdf", "lease.pdf"),
        ("2024/leases/lease 1.pdf", "2024/leases/lease 1.pdf"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\Users\\ann\\lease.pdf", "Users/ann/lease.pdf"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("U\u0308bersicht.txt", "Übersicht.txt"),
        ("合同.pdf", "合同.pdf"),
    ],
)
def test_a_name_is_reduced_to_plain_parts(raw: str, clean: str) -> None:
    assert clean_document_name(raw) == clean


@pytest.mark.parametrize("raw", ["", "/", "..", "\x00", "x" * 2000])
def test_a_name_that_is_none_is_refused(raw: str) -> None:
    with pytest.raises(InvalidInput):
        clean_document_name(raw)
