"""How text becomes the terms of the lexical index, and a question the terms to look for.

One schema serves every language. A text is stemmed as the language its function words say; a
question is too short to tell, so each of its words is looked for under the stem of every language
at once. Chinese, Japanese, Korean, Thai and their neighbours, which write no spaces or glue words
together, become overlapping character pairs. Accents are folded; numbers lose their thousands
separators; identifiers are kept whole and in parts (``AMCOR_2023Q2_10Q.pdf`` gives ``amcor``,
``2023q2``, ``2023``, ``q2``, ``10q``, ``pdf``).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import tantivy

from on_prem_rag.index.languages import DEFAULT_LANGUAGE, FUNCTION_WORDS, find_language

# Han, kana, hangul; Thai, Lao, Khmer, Burmese.
_PAIRED = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Vowel signs of the Indic scripts are no letters to ``re`` and would cut words apart.
_MARKS = "\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0b82\u0bbe-\u0bcd\u0c3e-\u0c56"
_WORD = rf"(?:[^\W_{_PAIRED}]+|[{_MARKS}]+)+"
_JOINED = r"[-.,'/&_]+"
_TOKEN = re.compile(rf"[{_PAIRED}]+|{_WORD}(?:{_JOINED}{_WORD})*")
_TOKEN_ASCII = re.compile(rf"[a-z0-9]+(?:{_JOINED}[a-z0-9]+)*")
_PAIRED_START = re.compile(f"[{_PAIRED}]")

# Soft hyphens, zero-width and direction marks, Arabic tatweel and vowel signs, Hebrew points.
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0640\u0610-\u061a\u064b-\u065f\u0670"
    "\u0591-\u05c7]"
)
_CHARACTERS = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-", "\u2212": "-"}
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_ARABIC_LETTERS = str.maketrans("أإآٱىة", "اااايه")
_ARABIC_PREFIX = re.compile("^(?:وال|بال|كال|فال|ال|لل|و)(?=.{2,})")
_ARABIC_SUFFIX = re.compile("(?<=..)(?:ها|ان|ات|ون|ين|يه|ه|ي)$")

_CONTRACTION = re.compile("(?:n't|'(?:s|re|ve|ll|d|m))$")
_PARTS = re.compile(r"[-.,'/&_]+")
_GROUPED_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_GROUPED_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_DECIMAL = re.compile(r"\d+[.,]\d+")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FISCAL = re.compile(r"fy(\d\d)")
_SHORT_IDENTIFIER = 10
_DETECTED_CHARACTERS = 1_500
_MAX_TERM_BYTES = 120


def analyze(text: str, language: str) -> str:
    """The terms of ``text`` in order, separated by spaces; ``language`` names the Latin stemmer."""
    terms: list[str] = []
    for token in split(text):
        terms.extend(_expand(token, language))
    return " ".join(terms)


def detect_language(text: str) -> str:
    """The Latin-script language to stem ``text`` in; English where nothing speaks for another."""
    return find_language(split(text[:_DETECTED_CHARACTERS])) or DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word of a question: the terms any of which stands for it, and how often it was said."""

    forms: tuple[str, ...]
    count: int


def analyze_query(text: str) -> list[QueryWord]:
    """The distinct words of a question in their order.

    Function words of the question's language are left out unless nothing else is left.
    """
    tokens = split(text)
    language = find_language(_CONTRACTION.sub("", token) for token in tokens)
    skipped = FUNCTION_WORDS[language] if language else frozenset()
    kept = [token for token in tokens if _CONTRACTION.sub("", token) not in skipped]
    counts: Counter[tuple[str, ...]] = Counter()
    for token, times in Counter(kept or tokens).items():
        # Languages differ only in the stem: the same place of every expansion is the same word.
        expansions = [_expand(token, each) for each in FUNCTION_WORDS]
        for forms in zip(*expansions, strict=True):
            counts[tuple(dict.fromkeys(forms))] += times
    return [QueryWord(forms, count) for forms, count in counts.items()]


def split(text: str) -> Sequence[str]:
    """Lower-case tokens of ``text``: joined words whole, unspaced scripts as runs."""
    if text.isascii():
        return _TOKEN_ASCII.findall(text.lower())
    plain = unicodedata.normalize("NFKC", text).translate(_CHARACTERS).casefold()
    return _TOKEN.findall(_INVISIBLE.sub("", plain))


@lru_cache(maxsize=50_000)
def _expand(token: str, language: str) -> tuple[str, ...]:
    """The terms a token is indexed as; their number does not depend on ``language``."""
    if _PAIRED_START.match(token):
        return _pairs(token)
    if token.isalpha():
        return (_stem(token, language),)
    number = _number(token)
    if number is not None:
        return (number,)
    parts = _PARTS.split(_CONTRACTION.sub("", token))
    terms = [term for part in parts if len(part) > 1 for term in _part(part, language)]
    joined = "".join(parts)
    short = len(joined) <= _SHORT_IDENTIFIER and "_" not in token and "'" not in token
    if len(parts) > 1 and short and (not joined.isalpha() or min(map(len, parts)) == 1):
        terms.append(joined)
    return tuple(terms) or (joined,)


def _part(part: str, language: str) -> list[str]:
    if part.isalpha() or part.isdigit() or part.isnumeric():
        return [_stem(part, language)]
    fiscal = _FISCAL.fullmatch(part)
    if fiscal:
        return [part, f"20{fiscal[1]}"]
    years = _YEAR.findall(part)
    if not years:
        return [_stem(part, language)]
    rest = [piece for piece in _YEAR.split(part) if len(piece) > 1]
    return [part, *years, *rest]


def _number(token: str) -> str | None:
    if _GROUPED_POINT.fullmatch(token):
        return token.replace(",", "")
    if _GROUPED_COMMA.fullmatch(token):
        return token.replace(".", "").replace(",", ".")
    if _DECIMAL.fullmatch(token):
        return token.replace(",", ".")
    return None


def _pairs(run: str) -> tuple[str, ...]:
    if len(run) == 1:
        return (run,)
    return tuple(run[i : i + 2] for i in range(len(run) - 1))


def _stem(word: str, language: str) -> str:
    if not word.isascii():
        if "\u0600" <= word[0] <= "\u06ff":
            return _stem_arabic(word)
        word = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
        language = _language_of_script(word[0]) or language
    word = word.encode()[:_MAX_TERM_BYTES].decode(errors="ignore")
    stems: list[str] = _STEMMERS[language].analyze(word)
    return stems[0] if stems else word


def _stem_arabic(word: str) -> str:
    """Light stemming: letter forms made one, then an article or conjunction and an ending off."""
    word = word.translate(_ARABIC_LETTERS)
    return _ARABIC_SUFFIX.sub("", _ARABIC_PREFIX.sub("", word))


def _language_of_script(letter: str) -> str | None:
    if "\u0370" <= letter <= "\u03ff":
        return "greek"
    if "\u0400" <= letter <= "\u04ff":
        return "russian"
    return None


def _stemmer(language: str) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    return builder.filter(tantivy.Filter.stemmer(language)).build()


_STEMMERS = {language: _stemmer(language) for language in (*FUNCTION_WORDS, "greek", "russian")}
