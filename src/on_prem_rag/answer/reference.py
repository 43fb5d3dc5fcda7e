"""Tells whether a question leans on what was said before, by the words that point back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from on_prem_rag.answer.words import STOP_WORDS, content_words, tokens, word_set
from on_prem_rag.conversations.history import Turn

Leaning = Literal["none", "points_back", "goes_on", "swaps"]
"""``points_back``: a pronoun stands for something said ("Who signed it?"). ``goes_on``: the topic
is left out ("How much?"). ``swaps``: another case of the last question ("And in France?")."""

_POINTING = word_set(
    """
    it its itself they them their theirs he him his she her hers those these there one ones same
    former latter both another other others else instead thereof therein thereby
    er ihm ihn ihnen dieser dieses diesem diesen diese davon dafür dazu darin damit daran darüber
    dort dessen deren derselbe dieselbe dasselbe sonst
    él ella ellos ellas eso esto ese esa esos esas allí suyo suya
    il elle ils elles cela ça celui celle ceux celles leur leurs lui
    """
)
_THAT = re.compile(
    r"(?:\b(?:does|do|did|is|was|about|for|of|after|before|with|to|under|by|from|in|on|like|than|"
    r"need|needs|get|has|have|do|approve|approves|change)\s+(?:that|this)\b(?!\s+\w+\s+(?:is|was|has)))"
    r"|\b(?:that|this|such an?)\s+(?:\w+\s*){1,2}\?|\b(?:that|this)\s*\?"
    r"|\bes\s*\?|^(?:ist|war|hat|kann|muss|darf|wird|gilt|kostet)\s+(?:es|sie)\b"
    r"|\b(?:kostet|gilt|gibt|ist|war|dauert)\s+(?:es|sie)\b|[它他她们这那该其]",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|are|was|were|will|can|must)\s+there\b|\bthere\s+(?:is|are|was|were|be)\b"
    r"|\bis\s+it\s+(?:possible|allowed|necessary|true|required|ok)\b"
    r"|\beach other\b|\bone(?='s)|\b(?:no|any|some|every)\s+one\b",
    re.IGNORECASE,
)
_SWAP = re.compile(
    r"^\W*(?:(?:and|but|so|or|ok|okay|und|aber|y|et|pero|mais)\b[\s,]*)?"
    r"(?:what about|how about|and (?:what|how) about|was ist mit|wie ist es (?:mit|bei|in|für)|"
    r"wie sieht es (?:mit|bei|in) |qué hay de|y (?:en|para|de)|et (?:pour|en|à)|那么?)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(?:and|but|so|or|also|then|und|aber|oder|also|y|pero|et|mais|ou)\b", re.IGNORECASE
)
_ASKING = word_set(
    """
    what which who whom whose when where why how is are was were do does did can could may must
    should will has have
    was welche welcher welches wer wem wen wann wo warum wie ist sind hat haben kann darf muss wird
    qué cuál quién cuándo dónde cómo cuánto es son hay puede
    que quel quelle qui quand où comment combien est sont peut
    """
)
_DEFINING = re.compile(
    r"^\W*(?:what|who|was|wer|qué|quién|que|qui)(?:'s)?\s+(?:is|are|was|were|ist|sind|es|son|est)\s+"
    r"(?:(?:an?|ein|eine|un|una|une)\s+)?\w+\W*$",
    re.IGNORECASE,
)
_FEW = 2
"""Content words up to which a question is taken to leave its topic out."""
_FRAGMENT = 4
"""Content words up to which a question without a question word is another case of the last."""


def leaning(question: str, history: Sequence[Turn]) -> Leaning:
    """How ``question`` leans on ``history``; none without an earlier question."""
    if not any(turn.role == "user" for turn in history):
        return "none"
    words = tokens(question)
    plain = _EXPLETIVE.sub(" ", question)
    points = bool(_POINTING.intersection(tokens(plain))) or bool(_THAT.search(plain))
    asks = _asks(words)
    if _SWAP.match(question):
        return "swaps"
    if points:
        return "points_back"
    if _GOES_ON.match(question):
        return "goes_on" if _asks(words[1:]) else "swaps"
    if not asks and len(content_words(question)) <= _FRAGMENT:
        return "swaps"
    return "goes_on" if _leaves_topic_out(question, words) else "none"


def _asks(words: Sequence[str]) -> bool:
    return bool(words) and any(word in _ASKING for word in words[:2])


def _leaves_topic_out(question: str, words: Sequence[str]) -> bool:
    """Few words, none of them a name, and no plain "What is X?"."""
    content = [word for word in words if word not in STOP_WORDS]
    names = re.findall(r"(?<=\s)[^\W\d_]*[A-ZÄÖÜ][\w-]*\b", question)
    if names or _DEFINING.match(question):
        return not content
    return len(content) <= _FEW
