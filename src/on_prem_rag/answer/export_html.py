"""A transcript as one page of HTML that needs nothing else and reaches for nothing.

No script, no image, no address but those of its own evidence; a policy in the page itself forbids
the rest, wherever the file is opened.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from on_prem_rag.answer.markdown import render_markdown
from on_prem_rag.answer.transcript import Entry, Quotation, Transcript

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h2 { font-size: 1rem; color: #555; margin-top: 2rem }
.question, .passage { white-space: pre-wrap }
.question { font-weight: 600 }
.note { font-style: italic; color: #555 }
blockquote { margin: .5rem 0; padding-left: 1rem; border-left: 3px solid #bbb; color: #333 }
pre { overflow-x: auto }
table { border-collapse: collapse }
td, th { border: 1px solid #bbb; padding: .2rem .5rem }
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
"""The page's Content-Security-Policy: its own style, and nothing else."""


def to_html(transcript: Transcript) -> Iterator[str]:
    """The page, piece by piece."""
    title = escape(transcript.title)
    yield (
        '<!DOCTYPE html>\n<html lang="">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    )
    for entry in transcript.entries:
        yield "".join(_question(entry) if entry.role == "user" else _answer(entry))
    yield "</body>\n</html>\n"


def _question(entry: Entry) -> Iterator[str]:
    yield f'<h2>Question</h2>\n<p class="question">{escape(entry.content)}</p>\n'


def _answer(entry: Entry) -> Iterator[str]:
    yield "<h2>Answer</h2>\n"
    if entry.note:
        yield f'<p class="note">{escape(entry.note)}</p>\n'
    anchors = {quotation.marker: quotation.anchor for quotation in entry.quotations}
    yield f"<div>{render_markdown(entry.content, anchors)}</div>\n"
    yield from map(_evidence, entry.quotations)


def _evidence(quotation: Quotation) -> str:
    page = f", page {escape(quotation.pages)}" if quotation.pages else ""
    return (
        f'<div id="evidence-{quotation.anchor}"><p>[{quotation.marker}] '
        f"<strong>{escape(quotation.title)}</strong>{page}</p>\n"
        f'<blockquote class="passage">{escape(quotation.text)}</blockquote></div>\n'
    )
