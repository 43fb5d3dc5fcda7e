"""HTML: headings, paragraphs, lists, tables and code; scripts and hidden text are dropped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from on_prem_rag.ingest.converters.blocks import BlockWriter
from on_prem_rag.ingest.converters.decoding import decode
from on_prem_rag.ingest.converters.html_table import find_rows
from on_prem_rag.ingest.converters.options import ConvertOptions
from on_prem_rag.ingest.detect import HTML
from on_prem_rag.ingest.parsed import BlockKind, ParsedDocument

_DROPPED = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "nav",
        "svg",
        "canvas",
        "iframe",
        "object",
        "select",
        "datalist",
        "head",
    ]
)
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "ruby",
        "rb",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "-text",
        "ix:nonfraction",
        "ix:nonnumeric",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SPACES = frozenset({"br", "img", "input", "hr"})
_KINDS: dict[str, BlockKind] = {"li": "list_item", "dt": "list_item", "dd": "list_item"}
_CAPTIONS = frozenset({"caption", "figcaption"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def convert(path: Path, options: ConvertOptions) -> ParsedDocument:
    """Read an HTML file. Raises FileTooComplex."""
    writer = BlockWriter(options)
    data = path.read_bytes()
    declared = _META_CHARSET.search(data[:4096])
    head = write_html(decode(data, declared[1].decode("ascii") if declared else None), writer)
    return writer.document(HTML, title=head.title, author=head.author)


class Head(NamedTuple):
    """What the head of a page says about it."""

    title: str | None
    author: str | None


def write_html(markup: str, writer: BlockWriter) -> Head:
    """Add the blocks of a page to ``writer``."""
    tree = LexborHTMLParser(markup)
    if tree.body is not None:
        _Walker(writer).walk(tree.body)
    title = tree.css_first("title", default=None)
    author = tree.css_first("meta[name=author]", default=None)
    return Head(
        title.text() if title is not None else None,
        author.attributes.get("content") if author is not None else None,
    )


class _Walker:
    """Goes through the tree by its pointers: nesting of any depth needs no stack."""

    def __init__(self, writer: BlockWriter) -> None:
        self._writer = writer
        self._pieces: list[str] = []
        self._kind: BlockKind = "paragraph"
        self._level = 0

    def walk(self, root: LexborNode) -> None:
        # Nodes compare by their markup, which is slow; their addresses identify them.
        end = root.mem_id
        node: LexborNode | None = root.first_child
        while node is not None:
            child = node.first_child if self._enter(node) else None
            if child is not None:
                node = child
                continue
            while node is not None and node.next is None:
                node = node.parent
                if node is None or node.mem_id == end:
                    self._flush()
                    return
                self._leave(node)
            node = node.next if node is not None else None
        self._flush()

    def _enter(self, node: LexborNode) -> bool:
        """Take what ``node`` itself says; True when its children are to be visited."""
        tag = node.tag or ""
        if tag == "-text":
            self._pieces.append(node.text_content or "")
            return False
        if tag in _SPACES:
            self._pieces.append(" ")
            return False
        if tag in _DROPPED or not node.is_element_node or _hidden(node):
            return False
        return tag in _INLINE or self._enter_block(node, tag)

    def _enter_block(self, node: LexborNode, tag: str) -> bool:
        self._flush()
        if tag == "table" and (found := find_rows(node)) is not None:
            self._writer.table(found.rows, header_rows=found.header_rows)
            return False
        if tag in ("pre", "textarea"):
            self._writer.code(node.text())
            return False
        if tag in _HEADINGS:
            self._kind, self._level = "heading", _HEADINGS[tag]
        elif tag in _KINDS:
            self._kind = _KINDS[tag]
        elif tag in _CAPTIONS:
            self._kind = "caption"
        return True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _INLINE:
            return
        self._flush()
        if tag in _HEADINGS or tag in _KINDS or tag in _CAPTIONS:
            self._kind = "paragraph"

    def _flush(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        if not text or text.isspace():
            return
        if self._kind == "heading":
            self._writer.heading(text, self._level)
        else:
            self._writer.line(self._kind, text)


def _hidden(node: LexborNode) -> bool:
    attributes = node.attrs
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))
