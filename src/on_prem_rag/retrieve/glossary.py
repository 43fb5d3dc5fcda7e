"""What people say and what documents print: general synonyms a question is widened by.

The list is data (``glossary.toml``): names of financial statements and their lines, what ratios are
worked out from, everyday abbreviations of offices.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_SPACES = re.compile(r"\s+")


def widened(text: str, *, own_words: int = 1) -> str:
    """``text`` with what documents print for the expressions in it, or as it is without any.

    Each word of ``text`` counts ``own_words`` times beside those that are added.
    """
    plain = _SPACES.sub(" ", text.casefold().replace("’", "'"))
    pattern, printed = _load()
    found = dict.fromkeys(printed[match] for match in pattern.findall(plain))
    return " ".join((*[text] * own_words, *found)) if found else text


@cache
def _load() -> tuple[re.Pattern[str], dict[str, str]]:
    source = files("on_prem_rag.retrieve").joinpath("glossary.toml").read_text(encoding="utf-8")
    printed = {
        said: entry["printed"] for entry in tomllib.loads(source)["entry"] for said in entry["said"]
    }
    # Overlapping expressions ("operating cash flow", "cash flow statement") all count.
    longest_first = sorted(printed, key=len, reverse=True)
    alternatives = "|".join(re.escape(said) for said in longest_first)
    return re.compile(rf"(?<!\w)(?=({alternatives})(?!\w))"), printed
