"""How many tokens a text will cost, without the model's tokeniser.

Ollama has no endpoint that counts tokens, and a prompt that is too long fails or is cut. So texts
are estimated from above by the kinds of characters in them, and each model's estimate is corrected
by the ``prompt_eval_count`` of its answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from on_prem_rag.llm.protocols import ChatMessage

MESSAGE_OVERHEAD = 8
"""Tokens a chat template puts around one message, rounded up over the usual templates."""
PROMPT_OVERHEAD = 16
"""Tokens a chat template adds once: start of text, default system line, start of the answer."""

# One pass over the text: runs of Latin letters, of other alphabetic scripts, of white space, then
# single characters (digits, punctuation, ideographs, emoji).
_PIECES = re.compile(r"([A-Za-z]+)|([^\W\d_A-Za-z\u0e00-\uffff]+)|(\s+)|(.)", re.DOTALL)
_LETTERS_PER_TOKEN = 4.0
_OTHER_LETTERS_PER_TOKEN = 1.6
"""Accented Latin, Greek, Cyrillic, Hebrew, Arabic, Indic: seldom in a vocabulary as whole words."""


def estimate_tokens(text: str) -> int:
    """Tokens of ``text`` for a typical byte-level or SentencePiece vocabulary, an upper estimate.

    Not a bound: single strange words may cost more, passages of ordinary text do not.
    """
    total = 0
    for latin, other, space, single in _PIECES.findall(text):
        if latin:
            total += math.ceil(len(latin) / _LETTERS_PER_TOKEN)
        elif other:
            total += math.ceil(len(other) / _OTHER_LETTERS_PER_TOKEN)
        elif space:
            total += 0 if space == " " else 1
        else:
            # Outside the basic plane a vocabulary falls back to the bytes of the character.
            total += 1 if single < "\u0e00" else 2 if single <= "\uffff" else 4
    return total


class TokenEstimator:
    """Upper estimates for one model, calibrated by what the model itself counted.

    The factor rises at once when a prompt turned out longer than estimated and comes down slowly
    while estimates are too high, never below ``floor``: a server that skips cached tokens reports
    too few, and must not talk the estimate down.
    """

    margin = 1.05
    floor = 0.7

    def __init__(self) -> None:
        self.factor = 1.0

    def estimate(self, text: str) -> int:
        """Tokens of ``text``, upper estimate."""
        return math.ceil(estimate_tokens(text) * self.factor)

    def estimate_messages(self, messages: Iterable[ChatMessage]) -> int:
        """Tokens of a whole prompt with what the chat template adds, upper estimate."""
        return PROMPT_OVERHEAD + sum(
            MESSAGE_OVERHEAD + self.estimate(message.content) for message in messages
        )

    def observe(self, estimated: int, actual: int) -> None:
        """Learn from a prompt estimated at ``estimated`` that the model counted as ``actual``.

        ``actual`` 0 means unknown and teaches nothing.
        """
        if estimated <= 0 or actual <= 0:
            return
        wanted = max(self.floor, self.factor * actual / estimated * self.margin)
        weight = 1.0 if wanted > self.factor else 0.1
        self.factor += weight * (wanted - self.factor)
