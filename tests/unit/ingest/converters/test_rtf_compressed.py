"""The worked examples of Microsoft's specification, and damage."""

import pytest

from on_prem_rag.errors import FileTooComplex
from on_prem_rag.ingest.converters.rtf_compressed import decompress

SIMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
# The dictionary's write position is crossed by the reference itself.
CROSSING = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def test_examples() -> None:
    assert decompress(SIMPLE) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress(CROSSING) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_stored_text() -> None:
    header = bytes.fromhex("00000000") + (7).to_bytes(4, "little") + b"MELA" + bytes(4)
    assert decompress(header + b"{\\rtf1}rest") == b"{\\rtf1}"


@pytest.mark.parametrize("length", [0, 10, 16, 20, 30])
def test_cut_short(length: int) -> None:
    assert b"{\\rtf1\\ansi\\ansicpg1252".startswith(decompress(SIMPLE[:length])[:23])


def test_a_wild_size_is_refused() -> None:
    with pytest.raises(FileTooComplex):
        decompress(SIMPLE[:4] + b"\xff\xff\xff\x7f" + SIMPLE[8:])
