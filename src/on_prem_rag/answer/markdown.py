"""An answer's Markdown as HTML that can do nothing but be read.

Whoever writes a document may have told the model what to write. So nothing in an answer leads or
loads from anywhere: links, images and HTML are not Markdown here but text, shown as it stands, and
the only links are markers of citations that exist. What comes out is cleaned against a list of what
is allowed, for whatever this module or its library may have missed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

TAGS = frozenset(
    {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
    | {"h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "th", "thead", "tr"}
)
"""Every element that may come out; ``a`` alone has an attribute, its ``href``."""
_MARKER = re.compile(r"\[(\d{1,3})\]")
_OFF = ["autolink", "html_block", "html_inline", "image", "link", "reference"]


def render_markdown(text: str, anchors: Mapping[int, int]) -> str:
    """HTML of ``text``; a marker ``[n]`` links to ``#evidence-<anchors[n]>`` where there is one.

    Any text is taken; no text raises.
    """
    rendered: str = _markdown.render(text, {"anchors": anchors})
    targets = {_target(anchor) for anchor in anchors.values()}

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        return value if value in targets else None

    return nh3.clean(
        rendered,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        attribute_filter=allowed,
        url_schemes=set(),
        link_rel=None,
    )


def _text(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    anchors: Mapping[int, int] = env["anchors"]

    def linked(match: re.Match[str]) -> str:
        anchor = anchors.get(int(match[1]))
        return match[0] if anchor is None else f'<a href="{_target(anchor)}">{match[0]}</a>'

    return _MARKER.sub(linked, escapeHtml(tokens[index].content))


def _target(anchor: int) -> str:
    return f"#evidence-{anchor}"


_markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(_OFF)
_markdown.add_render_rule("text", _text)
