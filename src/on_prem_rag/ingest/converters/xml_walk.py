"""Walking an XML tree without recursion, so that no depth of nesting can exhaust the stack."""

from __future__ import annotations

from collections.abc import Container, Iterator
from xml.etree.ElementTree import Element


def walk(root: Element, closed: Container[str] = ()) -> Iterator[Element]:
    """Descendants of ``root`` in document order, not entering elements with a ``closed`` tag.

    Closed elements themselves are yielded; ``root`` is not, and is entered whatever its tag.
    """
    stack = list(reversed(root))
    while stack:
        element = stack.pop()
        yield element
        if element.tag not in closed:
            stack.extend(reversed(element))


def walk_exit(root: Element, closed: Container[str] = ()) -> Iterator[tuple[Element, bool]]:
    """As ``walk``, but each element comes twice: (element, True) on entry, False on its end."""
    stack = [(child, True) for child in reversed(root)]
    while stack:
        element, entering = stack.pop()
        yield element, entering
        if entering:
            stack.append((element, False))
            if element.tag not in closed:
                stack.extend((child, True) for child in reversed(element))


def number(value: str | None, default: int = 0) -> int:
    """The attribute as an int, ``default`` when it is absent or malformed."""
    try:
        return int(value or "")
    except ValueError:
        return default
