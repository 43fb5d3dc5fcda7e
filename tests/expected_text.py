"""How the evaluation data compares texts: see its README, section d."""

import re
import unicodedata

from on_prem_rag.ingest.parsed import ParsedDocument

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def normalised(text: str) -> str:
    """NFKC, no invisible characters, single spaces, case folded."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", " ", text).strip().casefold()


def letters_and_digits(text: str) -> str:
    """Only a-z, 0-9 and full stops: for scanned receipts."""
    return re.sub(r"[^a-z0-9.]", "", text.lower())


def whole_text(document: ParsedDocument) -> str:
    """Every block's text in reading order, table cells included."""
    lines = []
    for block in document.blocks:
        lines.extend(" ".join(cell.value for cell in row) for row in block.rows)
        lines.append(block.text.value)
    return "\n".join(lines)
