"""Paragraph styles and list numbering of a DOCX file.

Follows ISO/IEC 29500-1, 17.7 (styles) and 17.9 (numbering): the numbers Word prints in front of
headings and list items are not in the text, so they are counted here; contracts are cited by them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from on_prem_rag.ingest.converters.ooxml import W
from on_prem_rag.ingest.converters.xml_walk import number

_HEADING = re.compile(r"heading (\d)")
_PLACEHOLDER = re.compile(r"%([1-9])")
_MAX_LEVELS = 9
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """What a style says of its paragraphs; ``level`` is a heading's depth or 0."""

    name: str = ""
    level: int = 0
    list_id: str | None = None
    list_level: int = 0


class Styles:
    """The paragraph styles of ``styles.xml`` with what they inherit."""

    def __init__(self, root: Element | None) -> None:
        elements = root.iterfind(f"{W}style") if root is not None else ()
        self._elements = {element.get(f"{W}styleId", ""): element for element in elements}
        self._resolved: dict[str, ParagraphStyle] = {}

    def get(self, style_id: str) -> ParagraphStyle:
        """The resolved style; a plain one when the identifier is unknown."""
        if style_id not in self._resolved:
            self._resolved[style_id] = self._resolve(style_id)
        return self._resolved[style_id]

    def _resolve(self, style_id: str) -> ParagraphStyle:
        name, level, list_id, list_level = "", 0, None, 0
        seen: set[str] = set()
        while style_id in self._elements and style_id not in seen:
            seen.add(style_id)
            element = self._elements[style_id]
            own_name = value(element, "name").lower()
            name = name or own_name
            heading = _HEADING.fullmatch(own_name)
            level = level or (int(heading[1]) if heading else outline_level(element))
            if list_id is None and (numbering := element.find(f"{W}pPr/{W}numPr")) is not None:
                list_id = value(numbering, "numId") or None
                list_level = number(value(numbering, "ilvl"))
            style_id = value(element, "basedOn")
        return ParagraphStyle(name, level, list_id, list_level)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    form: str
    text: str


class Numbering:
    """Counts through the lists of ``numbering.xml`` in document order."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, str] = {}
        self._counters: dict[str, list[int | None]] = {}
        if root is None:
            return
        for abstract in root.iterfind(f"{W}abstractNum"):
            levels = {
                number(level.get(f"{W}ilvl")): _Level(
                    number(value(level, "start"), 1),
                    value(level, "numFmt"),
                    value(level, "lvlText"),
                )
                for level in abstract.iterfind(f"{W}lvl")
            }
            self._levels[abstract.get(f"{W}abstractNumId", "")] = levels
        for instance in root.iterfind(f"{W}num"):
            self._lists[instance.get(f"{W}numId", "")] = value(instance, "abstractNumId")

    def next_label(self, list_id: str, level: int) -> str:
        """The number in front of the next item of that list ("4.2", "b)"), "" for bullets."""
        abstract = self._lists.get(list_id, "")
        levels = self._levels.get(abstract, {})
        current = levels.get(level)
        if current is None or not 0 <= level < _MAX_LEVELS:
            return ""
        counters = self._counters.setdefault(abstract, [None] * _MAX_LEVELS)
        previous = counters[level]
        counters[level] = current.start if previous is None else previous + 1
        counters[level + 1 :] = [None] * (_MAX_LEVELS - level - 1)
        if current.form in ("bullet", "none", ""):
            return ""

        def counted(match: re.Match[str]) -> str:
            index = int(match[1]) - 1
            shown = levels.get(index, current)
            count = counters[index]
            return _format(shown.start if count is None else count, shown.form)

        return _PLACEHOLDER.sub(counted, current.text)


def value(element: Element, name: str) -> str:
    """``w:val`` of the child ``name``, "" when there is none."""
    child = element.find(f"{W}{name}")
    return child.get(f"{W}val", "") if child is not None else ""


def outline_level(element: Element) -> int:
    """Heading depth from ``w:outlineLvl`` of a style's or paragraph's properties; 0 for body."""
    properties = element.find(f"{W}pPr")
    level = number(value(properties, "outlineLvl"), -1) if properties is not None else -1
    return level + 1 if 0 <= level < _MAX_LEVELS else 0


def _format(count: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter") and 0 < count <= 26 * 50:
        repeat, index = divmod(count - 1, 26)
        text = chr(ord("a") + index) * (repeat + 1)
    elif form in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        text = _roman(count)
    elif form == "decimalZero":
        return f"{count:02d}"
    else:
        return str(count)
    return text.upper() if form.startswith("upper") else text


def _roman(count: int) -> str:
    text = ""
    for amount, digits in _ROMAN:
        repeat, count = divmod(count, amount)
        text += digits * repeat
    return text
