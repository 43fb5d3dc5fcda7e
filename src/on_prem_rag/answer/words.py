"""Words that carry content, in a form that compares across inflections and scripts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?|\d[\d.,]*\d")
_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?")
_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_GROUPING = re.compile(r"[\u00a0\u202f ,.](?=\d{3}(?:\D|\Z))")


def word_set(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(text.split())


# Function words of the languages the appliance is tested with. A missing language only means that
# its function words count as content, which weakens scores and breaks nothing.
STOP_WORDS = word_set(
    """
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each few for from further had has
    have having he her here hers him his how i if in into is it its itself just many me more most
    much my no nor not now of off on once only or other our out over own same she should so some
    such than that the their them then there these they this those through to too under until up
    very was we were what when where which while who whom whose why will with would you your
    aber als am an auch auf aus bei bin bis das dass dem den der des die dies diese dieser dieses du
    durch ein eine einem einen einer eines er es für hat haben hatte ich ihr ihre im in ist ja kein
    keine mit nach nicht noch nur ob oder sehr sein seine sich sie sind so über um und uns unter vom
    von vor war waren was welche welcher welches wem wen wenn wer werden wie wieder wir wird wo zu
    zum zur
    al con como cual cuál cuando cuándo cuanto de del donde dónde e el ella en entre era es esta
    este esto fue ha hay la las le lo los más mi muy no o para pero por porque qué que quién quien
    se ser si sin sobre son su sus también te tu un una uno y ya
    à au aux avec ce ces cette dans de des du elle en est et été il ils je la le les leur lui mais
    même ne nous on ou où par pas pour qu que qui quand quel quelle sa sans se ses son sont sur un
    une vous
    في من على إلى عن ما هو هي هل كان التي الذي هذا هذه أن كم متى أين
    """
)
NUMERALS = word_set(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty
    forty fifty sixty hundred thousand million billion trillion dozen half third quarter both
    percent eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend dos tres
    cuatro cinco seis siete ocho nueve diez cien mil deux trois quatre cinq sept huit neuf dix cent
    """
)

_SUFFIXES = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "er", "en")


def tokens(text: str) -> list[str]:
    """Every word as written, lower-cased and normalised; ideographs as character bigrams."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    for match in _WORD.finditer(normal):
        word = match.group().removesuffix("'s").removesuffix("’s")
        runs = _IDEOGRAPHS.findall(word)
        if runs:
            found += [run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1))]
        else:
            found.append(word)
    return found


def content_words(text: str) -> list[str]:
    """Stems of the words that carry content, in order, repeats kept."""
    return [stem(token) for token in tokens(text) if token not in STOP_WORDS]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A rough stem: one common suffix taken off words that stay long enough without it."""
    if word[-1:].isdigit():
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word[: -len(suffix)]
            break
    return word.removesuffix("e") if len(word) > 4 else word


def numbers(text: str) -> set[str]:
    """The numbers in ``text`` without grouping: ``1,250.50`` and ``1 250.50`` are one number."""
    normal = unicodedata.normalize("NFKC", text)
    return {
        _GROUPING.sub("", match.group()).replace(",", ".") for match in _NUMBER.finditer(normal)
    }
