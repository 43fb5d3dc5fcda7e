"""Document names: a file's name, with its folders where it came from a folder."""

from __future__ import annotations

import unicodedata

from on_prem_rag.errors import InvalidInput

_MAX_LENGTH = 1024


def clean_document_name(raw: str) -> str:
    """Return ``raw`` as a relative path of plain names, or raise InvalidInput.

    The name is only ever data: the file lies under its hash. Drive letters, leading slashes, ``.``
    and ``..`` are dropped so that what is shown cannot be mistaken for a place on the server.
    """
    text = unicodedata.normalize("NFC", raw).replace("\\", "/")
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs"))
    parts = [part.strip() for part in text.split("/")]
    if parts and len(parts[0]) == 2 and parts[0][1] == ":":
        parts = parts[1:]
    name = "/".join(part for part in parts if part not in ("", ".", ".."))
    if not name:
        raise InvalidInput("The file has no name.", hint="Send a file name with the upload.")
    if len(name) > _MAX_LENGTH:
        raise InvalidInput(f"The file's name is longer than {_MAX_LENGTH} characters.")
    return name
