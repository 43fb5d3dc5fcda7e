"""Where sentences end, in the scripts an enterprise's files come in.

Rules, no model: a terminator ends a sentence unless what stands before it is an abbreviation, an
initial or a short ordinal, or what follows goes on in lower case. Ideographic terminators need no
space after them. Table rows (lines that start with ``|``) and list items are sentences of their
own; a plain line break is not an end, because text files wrap their lines.
"""

from __future__ import annotations

import re

_CLOSERS = "\"'”’»)\\]）」』】》〉›"
_MARKS = ".!?…؟۔।॥"
# Look-behinds and possessive repeats keep a page of dots or spaces from costing its square.
_BOUNDARY = re.compile(
    rf"(?P<wide>[。！？｡]+[{_CLOSERS}]*)"
    rf"|(?P<mark>(?<![{_MARKS}])[{_MARKS}]++[{_CLOSERS}]*+(?:[ \u00a0\u202f]»)?)(?=\s|$)"
    r"|(?P<line>(?<![ \t])[ \t]*+\n(?:[ \t]*\n|(?=[ \t]*(?:\||[-*•‣▪–] |\d{1,2}[.)] ))))"
    r"|(?P<row>(?<=\|)[ \t]*\n)"
)
_LONGEST_WORD = 40
_LAST_WORD = re.compile(r"[^\s(\[„“\"'«]*$")

# Without the final dot and in lower case; dotted ones ("e.g", "z.b") are seen by their inner dot.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof rev hon gen col capt lt sgt st jr sr messrs inc ltd co corp llc plc bros dept
    est no nos vol vols pp ed eds fig figs eq eqs sec secs ch chap art arts par para approx vs viz
    cf etc al ibid id op cit misc min max avg incl excl ext tel jan feb mar apr jun jul aug sep
    sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    abs abb abt allg anm aufl bd bes bsp bspw bzgl bzw ca dipl einschl entspr evtl exkl geb gem ges
    ggf gegr hrsg inkl ing jh kap lfd lt mio mrd nr sog std str tab tsd u usw verf vgl zzgl ziff zz
    av bd boul cie env ex hab mm mme mmes mlle mgr num réf tél
    admón avda cía dña dª ej excmo gral núm pág págs sra sres srta ud uds
    dott ecc ing pag sig tel rif
    blz bijv enz evt jl mevr nl ong resp
    """.split()  # noqa: SIM905 - a table of a hundred quoted words would be unreadable
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """``(start, end)`` of every sentence in order; only white space lies outside the spans."""
    spans: list[tuple[int, int]] = []
    start, is_row = 0, _is_row(text, 0)
    for match in _BOUNDARY.finditer(text):
        if is_row and match.lastgroup in ("wide", "mark"):
            continue
        if match.lastgroup == "mark" and not _ends_sentence(text, start, match):
            continue
        _append_trimmed(spans, text, start, match.end())
        start = match.end()
        is_row = _is_row(text, start)
    _append_trimmed(spans, text, start, len(text))
    return spans


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text`` without the white space between them."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    following = text[match.end() : match.end() + 40].lstrip(" \t\n\"'“„«([")
    if following and following[0].islower():
        return False
    if match.group("mark") != ".":
        return True
    before = _LAST_WORD.search(text[max(start, match.start() - _LONGEST_WORD) : match.start()])
    word = before.group() if before else ""
    return not (_is_abbreviation(word) or (word.isdigit() and len(word) <= 2))


def _is_row(text: str, start: int) -> bool:
    """Whether the line that begins at ``start`` is a row of a table."""
    while text.startswith((" ", "\t"), start):
        start += 1
    return text.startswith("|", start)


def _is_abbreviation(word: str) -> bool:
    """``word`` is what stands before a single dot: "Dr", "e.g", the initial "J"."""
    if len(word) == 1:
        return word.isalpha() and word.isupper()
    if word.casefold() in _ABBREVIATIONS:
        return True
    parts = word.split(".")
    return len(parts) > 1 and all(len(part) <= 2 and part.isalpha() for part in parts)


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
