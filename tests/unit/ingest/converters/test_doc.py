"""DOC files that are none; real ones are read in tests/integration/test_office_files.py."""

from pathlib import Path

import pytest

from on_prem_rag.errors import UnreadableFile
from on_prem_rag.ingest.converters.doc import convert
from on_prem_rag.ingest.converters.options import ConvertOptions


@pytest.mark.parametrize(
    "content", [b"no compound file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600]
)
def test_damage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="damaged"):
        convert(path, ConvertOptions())
