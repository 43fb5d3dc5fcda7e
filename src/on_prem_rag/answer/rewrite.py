"""Writes a follow-up question out in full without a model.

The words it leaves out are taken from the question before it (itself written out first, so that a
topic lives on over several turns), from names in the last answer and from the title that answer
cites first. The result is for searching, not for reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from on_prem_rag.answer.reference import leaning
from on_prem_rag.answer.words import STOP_WORDS, numbers, stem, tokens, word_set
from on_prem_rag.conversations.history import Turn
from on_prem_rag.documents.sentences import split_sentences

_MAX_CARRIED = 12
_MAX_NAMES = 2
_PERSONAL = word_set("he him his she her hers er ihm ihn ihr él ella il elle lui")
_WORD = re.compile(r"[^\W_](?:[\w.'’\-/&]*\w)?")
_NAME = re.compile(r"[^\W\d_]*[A-ZÄÖÜÉ][\w&.'’-]*(?:\s+(?:[A-ZÄÖÜÉ\d][\w&'’-]*))*")
_LEAD = re.compile(
    r"^\W*(?:(?:and|but|so|or|also|then|ok|okay|und|aber|oder|y|pero|et|mais)\b[\s,]*)*"
    r"(?:(?:what|how) about|was ist mit|wie ist es|wie sieht es|qué hay de)?\s*",
    re.IGNORECASE,
)
_PREPOSITIONS = "in|for|of|at|on|by|from|with|to|für|bei|mit|von|aus|nach|en|de|para|por|pour|à|au"
_PHRASE = re.compile(
    rf"\b({_PREPOSITIONS})\s+((?:the|a|an|our|der|die|das|dem|den|la|le|el|los)\s+)?"
    rf"([\w&.'’-]+(?:\s+(?!(?:{_PREPOSITIONS}|and|und|y|et|is|are|was|ist)\b)[\w&.'’-]+){{0,2}})",
    re.IGNORECASE,
)


def write_out(question: str, history: Sequence[Turn]) -> str:
    """``question`` with what it leans on added, or as it is when it stands alone."""
    how = leaning(question, history)
    if how == "none":
        return question
    at = max(i for i, turn in enumerate(history) if turn.role == "user")
    before = write_out(history[at].content, history[:at])
    answers = [turn for turn in history[at + 1 :] if turn.role == "assistant"]
    if how == "swaps":
        return _swap(question, before)
    if how == "goes_on":
        return _joined(question, _carried(question, before))
    if _PERSONAL.intersection(tokens(question)) and not _people(before):
        # "Who leads it?" was asked: the person is in the answer, and the question is done with.
        people = [name for turn in answers for name in _people(turn.content)]
        if people:
            return _joined(question, people[:1])
    return _joined(question, [*_carried(question, before), *_from_answers(before, answers)])


def _joined(question: str, carried: Sequence[str]) -> str:
    return " ".join([question, *dict.fromkeys(carried)])


def _carried(question: str, before: str) -> list[str]:
    """Content words of the earlier question that the new one lacks; its numbers if it has none."""
    present = {stem(word) for word in tokens(question)}
    own_numbers = bool(numbers(question))
    carried = []
    for word in _WORD.findall(before):
        parts = [part for part in tokens(word) if part not in STOP_WORDS]
        fresh = [part for part in parts if stem(part) not in present]
        if fresh and not (own_numbers and numbers(word)):
            carried.append(word)
    return carried[:_MAX_CARRIED]


def _from_answers(before: str, answers: Sequence[Turn]) -> list[str]:
    """Names that the answers begin with and the title they cite first, unless in ``before``."""
    known = {stem(word) for word in tokens(before)}
    found: list[str] = []
    for turn in answers:
        names = _names(" ".join(split_sentences(_plain(turn.content))[:1]))
        found += [name for name in names if not _said(name, known)][:_MAX_NAMES]
        # What else the answer cites is often beside the point.
        found += [title for title in turn.sources[:1] if not _said(title, known)]
    return found


def _people(text: str) -> list[str]:
    """Names of several words, as people's are."""
    names = (name for sentence in split_sentences(_plain(text)) for name in _names(sentence))
    return [name for name in names if " " in name]


def _plain(text: str) -> str:
    return text.replace("**", " ")


def _names(sentence: str) -> list[str]:
    """Runs of capitalised words without articles; a lone one that begins a sentence is no name."""
    found = []
    for match in _NAME.finditer(sentence):
        words = match.group().split()
        if words[0].casefold() in STOP_WORDS:
            words = words[1:]
        if len(words) > 1 or (words and match.start() > 0):
            found.append(" ".join(words))
    return found


def _said(text: str, known: set[str]) -> bool:
    return all(stem(word) in known for word in tokens(text) if word not in STOP_WORDS)


def _swap(question: str, before: str) -> str:
    """The earlier question with the new case in the place of the old one."""
    case = _LEAD.sub("", question, count=1).strip(" ?!.")
    kept = before
    phrase = _PHRASE.match(case)
    if phrase is not None:
        kept = _without_phrase(before, phrase.group(1))
    if kept == before:
        kept = _without_like(before, case)
    return f"{case} {kept}"


def _without_phrase(before: str, preposition: str) -> str:
    """``before`` without its last phrase after the same preposition."""
    found = [
        match
        for match in _PHRASE.finditer(before)
        if match.group(1).casefold() == preposition.casefold()
    ]
    if not found:
        return before
    last = found[-1]
    return f"{before[: last.start()]}{before[last.end() :]}"


def _without_like(before: str, case: str) -> str:
    """``before`` without what the case replaces: its numbers, or its one name."""
    if numbers(case):
        return " ".join(word for word in before.split() if not numbers(word))
    names = _names(before)
    if len(names) == 1 and _NAME.search(case):
        return before.replace(names[0], " ")
    return before
