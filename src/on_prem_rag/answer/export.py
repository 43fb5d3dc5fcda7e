"""A transcript as a file: JSON, Markdown or one page of HTML, a piece an entry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Literal

from on_prem_rag.answer.export_html import to_html
from on_prem_rag.answer.transcript import Entry, Quotation, Transcript

ExportForm = Literal["markdown", "json", "html"]
_ESCAPED = re.compile(r"([\\\[\]])")
_SCHEME = re.compile(r":(?=//)")
_WWW = re.compile(r"www\.", re.IGNORECASE)


def write_export(transcript: Transcript, form: ExportForm) -> Iterator[str]:
    """The file's text, piece by piece."""
    return _WRITERS[form](transcript)


def to_json(transcript: Transcript) -> Iterator[str]:
    """One JSON document: title, created_at and entries, as in transcript.py."""
    head = {"title": transcript.title, "created_at": transcript.created_at}
    yield f'{_json(head)[:-1]}, "entries": ['
    for index, entry in enumerate(transcript.entries):
        yield f"{',' if index else ''}\n{_json(asdict(entry))}"
    yield "\n]}\n"


def to_markdown(transcript: Transcript) -> Iterator[str]:
    """Headings, questions, answers and what they cite.

    Links, images and HTML are escaped, so that no viewer loads or follows what an answer names.
    """
    yield f"# {_line(transcript.title)}\n"
    for entry in transcript.entries:
        yield f"\n## {'Question' if entry.role == 'user' else 'Answer'}\n\n"
        yield "".join(_paragraphs(entry))


def escape_markdown(text: str) -> str:
    """``text`` without anything that a Markdown viewer would load or follow."""
    escaped = _ESCAPED.sub(r"\\\1", text).replace("<", "&lt;")
    return _WWW.sub(lambda match: f"{match[0][:-1]}\\.", _SCHEME.sub(r"\:", escaped))


def _paragraphs(entry: Entry) -> Iterator[str]:
    if entry.note:
        yield f"*{entry.note}*\n"
    if entry.content:
        yield f"{escape_markdown(entry.content)}\n"
    for quotation in entry.quotations:
        yield f"\n{_source(quotation)}\n\n"
        yield "".join(f"> {line}\n" for line in escape_markdown(quotation.text).splitlines())


def _source(quotation: Quotation) -> str:
    page = f", page {quotation.pages}" if quotation.pages else ""
    return f"\\[{quotation.marker}\\] **{_line(quotation.title)}**{page}"


def _line(text: str) -> str:
    return escape_markdown(" ".join(text.split()))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


_WRITERS: dict[ExportForm, Callable[[Transcript], Iterator[str]]] = {
    "markdown": to_markdown,
    "json": to_json,
    "html": to_html,
}
