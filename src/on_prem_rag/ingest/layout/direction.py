"""Words of a line in the order in which they are read, for scripts that run right to left."""

from __future__ import annotations

import re

from on_prem_rag.ingest.layout.token import Token

RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def logical_order(tokens: list[Token]) -> list[Token]:
    """``tokens``, which stand left to right, in logical order.

    In a line that is mostly right to left the words are taken from the right, and stretches of
    other words (a number, a Latin name) keep their own order.
    """
    flags = [RIGHT_TO_LEFT.search(token.text) is not None for token in tokens]
    if 2 * sum(flags) < len(tokens) or not any(flags):
        return tokens
    ordered: list[Token] = []
    stretch: list[Token] = []
    for token, is_rtl in zip(reversed(tokens), reversed(flags), strict=True):
        if is_rtl:
            ordered += reversed(stretch)
            ordered.append(token)
            stretch = []
        else:
            stretch.append(token)
    return ordered + list(reversed(stretch))
